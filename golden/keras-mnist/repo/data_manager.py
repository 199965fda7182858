"""Images of the shape of MNIST: from a local file, or made up."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from flops_utils.ml_repo_templates import DataManagerTemplate

LOCAL_FILE = Path("mnist.npz")
SIDE = 28
CLASSES = 10


class Examples(NamedTuple):
    """Images (n x 28 x 28, from 0 to 1) and their classes."""

    images: np.ndarray
    classes: np.ndarray


class DataManager(DataManagerTemplate):
    """Reads the images there are, or makes some."""

    def __init__(self) -> None:
        self.training, self.testing = self._prepare_data()

    def get_data(self) -> tuple[Examples, Examples]:
        """The examples to train with and those to evaluate with."""
        return self.training, self.testing

    def _prepare_data(self) -> tuple[Examples, Examples]:
        """Both sets, from the local file if it exists."""
        if not LOCAL_FILE.is_file():
            return made_up(1000), made_up(200)
        with np.load(LOCAL_FILE, allow_pickle=False) as stored:
            return (
                Examples(stored["x_train"] / 255.0, stored["y_train"]),
                Examples(stored["x_test"] / 255.0, stored["y_test"]),
            )


def made_up(count: int) -> Examples:
    """Random examples: class k is a bright square in the k-th place of a 2 x 5 grid."""
    random = np.random.default_rng()
    classes = random.integers(CLASSES, size=count)
    images = random.uniform(0.0, 0.5, size=(count, SIDE, SIDE))
    for image, place in zip(images, classes):
        row, column = divmod(place, 5)
        image[4 + 12 * row : 10 + 12 * row, 1 + 5 * column : 6 + 5 * column] += 0.5
    return Examples(images, classes)
