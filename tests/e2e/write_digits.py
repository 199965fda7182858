"""Writes scikit-learn's handwritten digits as the data of some nodes: ``python write_digits.py FOLDER...``.

Each folder gets its own share, as one file of the tag ``digits`` with the columns ``pixels`` and ``digit``.
"""

import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.datasets import load_digits

images, digits = load_digits(return_X_y=True)
shuffled = np.random.default_rng(0).permutation(len(digits))
for folder, rows in zip(sys.argv[1:], np.array_split(shuffled, len(sys.argv) - 1), strict=True):
    table = pa.table({"pixels": list(images[rows].astype("uint8")), "digit": digits[rows]})
    pq.write_table(table, f"{folder}/digits.{len(rows)}.parquet")
