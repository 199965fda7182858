"""What somebody finds in MLflow who has nothing of the repository: ``python look_at_runs.py TRACKING_URI PROJECT_ID``.

Prints JSON: the runs of the project in the order of their rounds, and what the model of the last one says of the
handwritten digits (pixels from 0 to 1).
"""

import json
import sys

import mlflow
from sklearn.datasets import load_digits

uri, project = sys.argv[1:]
mlflow.set_tracking_uri(uri)
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name(f"FLOps Project {project}")
runs = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time"])
model = mlflow.pyfunc.load_model(f"runs:/{runs[-1].info.run_id}/logged_model_artifact")
images, digits = load_digits(return_X_y=True)
answers = model.predict(images / 16)
found = {
    "experiment_id": experiment.experiment_id,
    "runs": [
        {
            "id": run.info.run_id,
            "name": run.info.run_name,
            "revision": run.data.tags["fedbake.revision"],
            "accuracy": run.data.metrics["accuracy"],
            "artifacts": [each.path for each in client.list_artifacts(run.info.run_id)],
        }
        for run in runs
    ],
    "inputs": model.metadata.get_input_schema().to_dict(),
    "right": float((answers == digits).mean()),
    "predictions": [int(answer) for answer in answers[:5]],
}
print(json.dumps(found))
