"""A multinomial logistic regression that can be trained a little at a time."""

import warnings

import numpy as np
from data_manager import DataManager
from flops_utils.ml_repo_templates import ModelManagerTemplate
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

PIXELS = 64
DIGITS = np.arange(10)


class ModelManager(ModelManagerTemplate):
    """Owns the model; its parameters are the weights and the intercepts."""

    def __init__(self) -> None:
        # Each call of fit() goes on where the last one stopped, for a few steps only.
        self.model = LogisticRegression(max_iter=5, warm_start=True)
        # scikit-learn creates these when it sees data. They are set here so that the model has parameters before that.
        self.model.classes_ = DIGITS
        self.model.coef_ = np.zeros((len(DIGITS), PIXELS))
        self.model.intercept_ = np.zeros(len(DIGITS))

    def set_model_data(self) -> None:
        """Fetch this learner's digits."""
        self.training, self.testing = DataManager().get_data()

    def get_model(self) -> LogisticRegression:
        """The scikit-learn model."""
        return self.model

    def get_model_parameters(self) -> list[np.ndarray]:
        """Weights (10 x 64) and intercepts (10)."""
        return [self.model.coef_, self.model.intercept_]

    def set_model_parameters(self, parameters: list[np.ndarray]) -> None:
        """Continue from other weights and intercepts."""
        self.model.coef_, self.model.intercept_ = parameters

    def fit_model(self) -> int:
        """Train for a few steps; the number of digits used."""
        with warnings.catch_warnings():
            # Stopping before convergence is what is wanted: the next round goes on from the average.
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.model.fit(self.training.images, self.training.digits)
        return len(self.training.digits)

    def evaluate_model(self) -> tuple[float, float, int]:
        """Log loss, accuracy, and the number of digits held back."""
        probabilities = self.model.predict_proba(self.testing.images)
        loss = log_loss(self.testing.digits, probabilities, labels=DIGITS)
        accuracy = self.model.score(self.testing.images, self.testing.digits)
        return loss, accuracy, len(self.testing.digits)
