"""Logs models to a tracking server, as users of this release of MLflow do; prints the run and where they were saved.

Run by an interpreter that has MLflow: ``python log_models.py URI FOLDER``.
"""

import sys
from pathlib import Path

import mlflow
import numpy as np
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression

uri, folder = sys.argv[1], Path(sys.argv[2])
mlflow.set_tracking_uri(uri)
rows = np.arange(60.0).reshape(20, 3)
model = LogisticRegression().fit(rows, [0, 1] * 10)
described = {"signature": infer_signature(rows, model.predict(rows)), "input_example": rows[:2]}

code = folder / "my_code"
(code / "inner").mkdir(parents=True)
(code / "__init__.py").write_text("")
(code / "inner" / "with space & more.py").write_text("x = 1\n")

with mlflow.start_run() as run:
    name = {"name": "logged"} if mlflow.__version__.startswith("3.") else {"artifact_path": "logged"}
    mlflow.sklearn.log_model(model, code_paths=[str(code)], **name, **described)
    # What FLOps' aggregators do.
    mlflow.sklearn.save_model(model, str(folder / "saved"), **described)
    mlflow.MlflowClient().log_artifacts(run.info.run_id, str(folder / "saved"), "logged_model_artifact")
    mlflow.log_text("not a model", "notes/readme.txt")

mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/logged", dst_path=str(folder / "downloaded"))
print(run.info.run_id)
