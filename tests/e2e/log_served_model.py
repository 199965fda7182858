"""Logs a saved model as FLOps' aggregator does: ``log_served_model.py TRACKING_URI FOLDER``; prints the run id."""

import sys

import mlflow

uri, folder = sys.argv[1:]
mlflow.set_tracking_uri(uri)
client = mlflow.MlflowClient()
run = client.create_run(client.create_experiment("FLOps Project 66f0c1"), run_name="FLOps FL round 1")
client.log_artifacts(run.info.run_id, folder, "logged_model_artifact")
client.set_terminated(run.info.run_id)
print(run.info.run_id)
