"""What an MLflow client finds: ``python look_at_runs.py TRACKING_URI PROJECT_ID``.

Prints the id of the project's experiment and its runs in the order of their rounds, as JSON.
"""

import json
import sys

import mlflow

uri, project = sys.argv[1:]
mlflow.set_tracking_uri(uri)
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name(f"FLOps Project {project}").experiment_id
runs = [
    {
        "id": run.info.run_id,
        "name": run.info.run_name,
        "revision": run.data.tags["fedbake.revision"],
        "accuracy": run.data.metrics["accuracy"],
        "artifacts": [each.path for each in client.list_artifacts(run.info.run_id)],
    }
    for run in client.search_runs([experiment], order_by=["attributes.start_time"])
]
print(json.dumps({"experiment_id": experiment, "runs": runs}))
