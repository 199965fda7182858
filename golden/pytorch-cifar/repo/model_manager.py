"""A small convolutional network and how it is trained."""

from collections import OrderedDict

import numpy as np
import torch
from data_manager import CLASSES, DataManager
from flops_utils.ml_repo_templates import ModelManagerTemplate
from torch import nn

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Net(nn.Module):
    """Two convolutions and two dense layers for images of 3 x 32 x 32."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()
        )
        self.classifier = nn.Sequential(nn.Linear(16 * 5 * 5, 64), nn.ReLU(), nn.Linear(64, CLASSES))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Scores of each class."""
        return self.classifier(self.features(images))


class ModelManager(ModelManagerTemplate):
    """Owns the network; its parameters are everything in its state dictionary."""

    def __init__(self) -> None:
        self.model = Net().to(DEVICE)
        self.measure = nn.CrossEntropyLoss()

    def set_model_data(self) -> None:
        """Make this learner's images."""
        self.training, self.testing = DataManager().get_data()

    def get_model(self) -> Net:
        """The network."""
        return self.model

    def get_model_parameters(self) -> list[np.ndarray]:
        """The tensors of the state dictionary, in its order."""
        return [value.cpu().numpy() for value in self.model.state_dict().values()]

    def set_model_parameters(self, parameters: list[np.ndarray]) -> None:
        """Load tensors in the order of the state dictionary."""
        values = (torch.from_numpy(np.array(array)) for array in parameters)
        self.model.load_state_dict(OrderedDict(zip(self.model.state_dict(), values)), strict=True)

    def fit_model(self) -> int:
        """One pass over the training images; how many they are."""
        optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)
        self.model.train()
        for images, classes in self.training:
            optimizer.zero_grad()
            self.measure(self.model(images.to(DEVICE)), classes.to(DEVICE)).backward()
            optimizer.step()
        return len(self.training.dataset)

    def evaluate_model(self) -> tuple[float, float, int]:
        """Mean cross entropy, accuracy, and the number of test images."""
        count, loss, correct = len(self.testing.dataset), 0.0, 0
        self.model.eval()
        with torch.no_grad():
            for images, classes in self.testing:
                scores, wanted = self.model(images.to(DEVICE)), classes.to(DEVICE)
                loss += self.measure(scores, wanted).item() * len(wanted)
                correct += (scores.argmax(dim=1) == wanted).sum().item()
        return loss / count, correct / count, count
