"""Writes scikit-learn's handwritten digits as the data of some nodes: ``python write_digits.py ANSWERS FOLDER...``.

Each folder gets its own share, as one file of the tag ``digits`` with the columns ``pixels`` and ``digit``.
ANSWERS is a JSON file with all of them, their pixels from 0 to 1.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.datasets import load_digits

answers, *folders = sys.argv[1:]
images, digits = load_digits(return_X_y=True)
Path(answers).write_text(json.dumps({"images": (images / 16).tolist(), "digits": digits.tolist()}))
shuffled = np.random.default_rng(0).permutation(len(digits))
for folder, rows in zip(folders, np.array_split(shuffled, len(folders)), strict=True):
    table = pa.table({"pixels": list(images[rows].astype("uint8")), "digit": digits[rows]})
    pq.write_table(table, f"{folder}/digits.{len(rows)}.parquet")
