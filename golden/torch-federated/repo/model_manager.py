"""A small network for images of 8 x 8 pixels and how it is trained."""

from collections import OrderedDict

import numpy as np
import torch
from data_manager import DataManager
from flops_utils.ml_repo_templates import ModelManagerTemplate
from torch import nn

EPOCHS = 5


class Net(nn.Module):
    """Two dense layers: 64 pixels in, a score for each of the ten digits out."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Scores of each digit."""
        return self.layers(images)


class ModelManager(ModelManagerTemplate):
    """Owns the network; its parameters are everything in its state dictionary."""

    def __init__(self) -> None:
        self.model = Net()
        self.measure = nn.CrossEntropyLoss()

    def set_model_data(self) -> None:
        """Fetch this learner's digits."""
        self.training, self.testing = DataManager().get_data()

    def get_model(self) -> Net:
        """The network."""
        return self.model

    def get_model_parameters(self) -> list[np.ndarray]:
        """The tensors of the state dictionary, in its order."""
        return [value.numpy() for value in self.model.state_dict().values()]

    def set_model_parameters(self, parameters: list[np.ndarray]) -> None:
        """Load tensors in the order of the state dictionary."""
        values = (torch.from_numpy(np.array(array)) for array in parameters)
        self.model.load_state_dict(OrderedDict(zip(self.model.state_dict(), values)), strict=True)

    def fit_model(self) -> int:
        """Some passes over the training images; how many images they are."""
        optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-2)
        self.model.train()
        for _ in range(EPOCHS):
            for images, digits in self.training:
                optimizer.zero_grad()
                self.measure(self.model(images), digits).backward()
                optimizer.step()
        return len(self.training.dataset)

    def evaluate_model(self) -> tuple[float, float, int]:
        """Mean cross entropy, accuracy, and the number of images held back."""
        count, loss, correct = len(self.testing.dataset), 0.0, 0
        self.model.eval()
        with torch.no_grad():
            for images, digits in self.testing:
                scores = self.model(images)
                loss += self.measure(scores, digits).item() * len(digits)
                correct += (scores.argmax(dim=1) == digits).sum().item()
        return loss / count, correct / count, count
