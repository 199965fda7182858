"""Federations that really train: the digits example, with each generation of flwr and across generations."""

from pathlib import Path

import pytest
from actor_environments import environment
from actor_images import GOLDEN, NUMPY_ONLY, federate

DIGITS = GOLDEN / "sklearn-digits" / "repo"
SKLEARN = "scikit-learn==1.5.2"
OLDEST = ("flwr==1.6.0", "numpy==1.23.5", "protobuf==3.20.3")


@pytest.mark.parametrize(
    "requirements",
    [
        (*OLDEST, SKLEARN, "scipy==1.14.1"),
        ("flwr==1.6.0", "numpy==1.26.4", "protobuf==3.20.3", SKLEARN, "scipy==1.14.1"),
        ("flwr==1.13.1", "numpy==1.26.4", SKLEARN, "scipy==1.14.1"),
        ("flwr==1.25.0", "numpy==1.26.4", SKLEARN, "scipy==1.14.1"),
    ],
    ids=lambda requirements: "-".join(requirements[:2]),
)
def test_two_learners_learn_the_digits_in_two_rounds(requirements: tuple[str, ...], tmp_path: Path) -> None:
    python = environment(*requirements)
    result = federate(python, [python, python], DIGITS, tmp_path)
    assert result.completed, result.report()
    assert result.accuracy > 0.8, result.report()
    assert "2 learners trained, 2 evaluated" in result.outcome("aggregator").stdout
    assert "Traceback" not in result.report()


def test_old_and_new_learners_train_together(tmp_path: Path) -> None:
    old, new = environment(*OLDEST), environment("flwr==1.25.0", "numpy==1.26.4")
    result = federate(old, [old, new], NUMPY_ONLY, tmp_path)
    assert result.completed, result.report()
    assert result.accuracy > 0.8, result.report()


def test_a_single_learner_is_a_federation_too(tmp_path: Path) -> None:
    python = environment("flwr==1.25.0", "numpy==1.26.4")
    result = federate(python, [python], NUMPY_ONLY, tmp_path, rounds=3)
    assert result.completed, result.report()
    assert result.summary is not None
    assert result.summary.rounds == 3
