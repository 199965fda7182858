"""Loading a saved model where the repository is not: ``python -I loading.py MODULE MODEL WORKDIR``, run as a file.

The interpreter is isolated, so that neither the repository nor the actors can be imported from the working directory.
Writes what failed to standard output, with the lines of the repository that led to it, and ends with code 1 then.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def load(module: str, model: str, workdir: str) -> int:
    """Load a model by a flavour of MLflow; the exit code.

    Args:
        module: the flavour's module, such as ``mlflow.sklearn``.
        model: the folder of the saved model.
        workdir: the folder that holds the repository the model is from; looked at only when loading has failed.
    """
    try:
        importlib.import_module(module).load_model(model)
    except Exception as error:
        sys.path.insert(0, workdir)
        from fedbake_actors.user_code import FOLDER, describe, explain

        print("\n".join([describe(error), *explain(error, Path(workdir) / FOLDER)]))
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(load(*sys.argv[1:]))
