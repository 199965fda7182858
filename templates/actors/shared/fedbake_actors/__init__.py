"""The federated-learning actors: what runs inside the learner and the aggregator image.

Runs on Python 3.8 and later with NumPy and flwr from the image's environment, and imports nothing else besides the
user's repository. ``federation`` is the only module that knows flwr.
"""
