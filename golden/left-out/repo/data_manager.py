import numpy as np


class DataManager:
    def __init__(self):
        self.data = np.linspace(0.0, 1.0, 32)

    def get_data(self):
        return self.data[:24], self.data[24:]
