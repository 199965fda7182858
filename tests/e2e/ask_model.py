"""What a model in MLflow says of handwritten digits: ``python -I ask_model.py TRACKING_URI RUN_ID ANSWERS``.

ANSWERS is the file of ``write_digits.py``. Prints the model's input schema, the share of digits it is right about, and
what it says of the first five, as JSON. Isolated (``-I``), so that nothing of the working directory can be imported.
"""

import json
import sys
from pathlib import Path

import mlflow
import numpy as np

uri, run, answers = sys.argv[1:]
mlflow.set_tracking_uri(uri)
model = mlflow.pyfunc.load_model(f"runs:/{run}/logged_model_artifact")
inputs = model.metadata.get_input_schema()
known = json.loads(Path(answers).read_text())
said = model.predict(np.array(known["images"], dtype=inputs.inputs[0].type))
said = said.argmax(axis=1) if said.ndim == 2 else said
right = float((said == known["digits"]).mean())
print(json.dumps({"inputs": inputs.to_dict(), "right": right, "first": [int(each) for each in said[:5]]}))
