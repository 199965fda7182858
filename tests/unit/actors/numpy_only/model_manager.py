"""Logistic regression written with NumPy alone, so that it runs in every environment the actors run in."""

from __future__ import annotations

import numpy as np
from data_manager import DataManager
from flops_utils.ml_repo_templates import ModelManagerTemplate


class ModelManager(ModelManagerTemplate):
    """A line between two clouds of points."""

    def __init__(self):
        self.weights, self.bias = np.zeros(2), np.zeros(1)

    def set_model_data(self):
        self.training, self.testing = DataManager().get_data()

    def get_model(self):
        return self.weights, self.bias

    def get_model_parameters(self):
        return [self.weights, self.bias]

    def set_model_parameters(self, parameters):
        self.weights, self.bias = (np.array(array) for array in parameters)

    def fit_model(self):
        points, cloud = self.training
        for _ in range(200):
            error = self._probabilities(points) - cloud
            self.weights -= 0.5 * points.T @ error / len(cloud)
            self.bias -= 0.5 * error.mean()
        return len(cloud)

    def evaluate_model(self):
        points, cloud = self.testing
        probabilities = np.clip(self._probabilities(points), 1e-9, 1 - 1e-9)
        loss = -np.mean(cloud * np.log(probabilities) + (1 - cloud) * np.log(1 - probabilities))
        return loss, np.mean((probabilities > 0.5) == cloud), len(cloud)

    def _probabilities(self, points):
        return 1 / (1 + np.exp(-(points @ self.weights + self.bias)))
