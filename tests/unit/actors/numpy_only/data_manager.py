"""Two clouds of points in the plane."""

from __future__ import annotations

import numpy as np
from flops_utils.ml_repo_templates import DataManagerTemplate


class DataManager(DataManagerTemplate):
    """Draws new points each time; the clouds stay where they are."""

    def get_data(self):
        """Points and the cloud each belongs to, twice."""
        return self._prepare_data(), self._prepare_data()

    def _prepare_data(self):
        cloud = np.arange(200) % 2
        points = np.random.normal(size=(200, 2)) + 3.0 * cloud[:, None]
        return points, cloud
