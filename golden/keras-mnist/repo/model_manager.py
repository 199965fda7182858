"""A small dense network and how it is trained."""

import numpy as np
import tensorflow as tf
from data_manager import CLASSES, SIDE, DataManager
from flops_utils.ml_repo_templates import ModelManagerTemplate


class ModelManager(ModelManagerTemplate):
    """Owns the network; its parameters are the weights of all layers."""

    def __init__(self) -> None:
        self.model = tf.keras.Sequential(
            [
                tf.keras.layers.Flatten(input_shape=(SIDE, SIDE)),
                tf.keras.layers.Dense(64, activation="relu"),
                tf.keras.layers.Dense(CLASSES, activation="softmax"),
            ]
        )
        self.model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    def set_model_data(self) -> None:
        """Read or make this learner's images."""
        self.training, self.testing = DataManager().get_data()

    def get_model(self) -> tf.keras.Model:
        """The Keras model."""
        return self.model

    def get_model_parameters(self) -> list[np.ndarray]:
        """Weights and biases of the layers, in their order."""
        return self.model.get_weights()

    def set_model_parameters(self, parameters: list[np.ndarray]) -> None:
        """Continue from other weights."""
        self.model.set_weights(parameters)

    def fit_model(self) -> int:
        """One pass over the training images; how many they are."""
        self.model.fit(self.training.images, self.training.classes, epochs=1, batch_size=32, verbose=0)
        return len(self.training.classes)

    def evaluate_model(self) -> tuple[float, float, int]:
        """Mean cross entropy, accuracy, and the number of test images."""
        loss, accuracy = self.model.evaluate(self.testing.images, self.testing.classes, verbose=0)
        return loss, accuracy, len(self.testing.classes)
