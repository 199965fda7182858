"""Handwritten digits from the data server of the learner's node, in batches."""

import torch
from flops_utils.ml_repo_building_blocks import load_dataset
from flops_utils.ml_repo_templates import DataManagerTemplate
from torch.utils.data import DataLoader, TensorDataset, random_split

BRIGHTEST = 16.0
"""The largest value of a pixel."""
BATCH = 32


class DataManager(DataManagerTemplate):
    """What the node has: a table with the columns ``pixels`` (64 numbers from 0 to 16) and ``digit`` (0 to 9)."""

    def __init__(self) -> None:
        self.training, self.testing = self._prepare_data()

    def get_data(self) -> tuple[DataLoader, DataLoader]:
        """Batches to train with and batches to evaluate with."""
        return self.training, self.testing

    def _prepare_data(self) -> tuple[DataLoader, DataLoader]:
        """Fetch the table and hold back a fifth of it."""
        table = load_dataset().with_format("torch")[:]
        everything = TensorDataset(table["pixels"] / BRIGHTEST, table["digit"])
        training, testing = random_split(everything, [0.8, 0.2], generator=torch.Generator().manual_seed(0))
        return DataLoader(training, batch_size=BATCH, shuffle=True), DataLoader(testing, batch_size=BATCH)
