"""The inference server: MLflow's scoring protocol and the V2 inference protocol for one MLflow model.

Runs on Python 3.8 and later with NumPy, PyYAML, Starlette and uvicorn, and with what its model needs. scikit-learn,
PyTorch and Keras models are loaded without MLflow; pandas is needed for signatures with columns only.
"""
