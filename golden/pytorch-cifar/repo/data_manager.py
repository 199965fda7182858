"""Made-up images of the shape of CIFAR-10: each class has its own colour, under noise."""

import torch
from flops_utils.ml_repo_templates import DataManagerTemplate
from torch.utils.data import DataLoader, TensorDataset
from torchvision import transforms

CLASSES = 10
TRAINING_IMAGES = 800
TESTING_IMAGES = 200
BATCH = 32

_to_unit_range = transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


class DataManager(DataManagerTemplate):
    """Every learner makes images of its own; what tells the classes apart is the same for all."""

    def __init__(self) -> None:
        self.colours = torch.rand(CLASSES, 3, generator=torch.Generator().manual_seed(0))
        self.training, self.testing = self._prepare_data()

    def get_data(self) -> tuple[DataLoader, DataLoader]:
        """Batches to train with and batches to evaluate with."""
        return self.training, self.testing

    def _prepare_data(self) -> tuple[DataLoader, DataLoader]:
        """Draw the images of both sets."""
        return (
            DataLoader(self._images(TRAINING_IMAGES), batch_size=BATCH, shuffle=True),
            DataLoader(self._images(TESTING_IMAGES), batch_size=BATCH),
        )

    def _images(self, count: int) -> TensorDataset:
        """Images with values from -1 to 1, and their classes."""
        classes = torch.randint(CLASSES, (count,))
        plain = self.colours[classes].reshape(count, 3, 1, 1).expand(count, 3, 32, 32)
        noisy = (plain + 0.2 * torch.randn(count, 3, 32, 32)).clamp(0, 1)
        return TensorDataset(_to_unit_range(noisy), classes)
