"""The handwritten digits that come with scikit-learn."""

from typing import NamedTuple

import numpy as np
from flops_utils.ml_repo_templates import DataManagerTemplate
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

BRIGHTEST = 16.0
"""The largest value of a pixel in this data set."""


class Examples(NamedTuple):
    """Images as rows of 64 values from 0 to 1, and the digit each one shows."""

    images: np.ndarray
    digits: np.ndarray


class DataManager(DataManagerTemplate):
    """Gives each learner its own part of the data, as if it had been collected where the learner runs."""

    def __init__(self) -> None:
        self.training, self.testing = self._prepare_data()

    def get_data(self) -> tuple[Examples, Examples]:
        """The examples to train with and those to evaluate with."""
        return self.training, self.testing

    def _prepare_data(self) -> tuple[Examples, Examples]:
        """Hold back the same fifth of the digits everywhere, and draw a random half of the others to train with."""
        images, digits = load_digits(return_X_y=True)
        train_images, test_images, train_digits, test_digits = train_test_split(
            images / BRIGHTEST, digits, test_size=0.2, random_state=0, stratify=digits
        )
        drawn = np.random.default_rng().permutation(len(train_digits))[: len(train_digits) // 2]
        return Examples(train_images[drawn], train_digits[drawn]), Examples(test_images, test_digits)
