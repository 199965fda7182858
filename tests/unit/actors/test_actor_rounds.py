"""What learners measured is averaged, logged and summed up without losing a zero."""

import json
import math

import numpy as np
from fedbake_actors.metrics import weighted_metrics
from fedbake_actors.rounds import RoundLog, RoundResult


def finished(
    number: int, loss: float | None, accuracy: float | None, evaluated: int = 2, failed: int = 0
) -> RoundResult:
    return RoundResult(number, loss, accuracy, 2, evaluated, 20, 10 * evaluated, failed, [np.zeros(1)])


def test_every_learner_counts_by_its_examples() -> None:
    assert weighted_metrics([(30, {"accuracy": 0.9}), (10, {"accuracy": 0.5})]) == {"accuracy": 0.8}


def test_an_accuracy_of_zero_counts() -> None:
    assert weighted_metrics([(10, {"accuracy": 0.0}), (10, {"accuracy": 1.0})]) == {"accuracy": 0.5}
    assert weighted_metrics([(10, {"accuracy": 0.0})]) == {"accuracy": 0.0}


def test_learners_without_examples_and_metrics_without_numbers_do_not_count() -> None:
    assert weighted_metrics([(0, {"accuracy": 0.1}), (5, {"accuracy": 0.7, "note": "text"})]) == {"accuracy": 0.7}
    assert weighted_metrics([(0, {"accuracy": 0.1})]) == {}
    assert weighted_metrics([]) == {}


def test_a_metric_is_averaged_over_those_who_sent_it() -> None:
    assert weighted_metrics([(1, {"a": 1}), (3, {"b": 2.0})]) == {"a": 1.0, "b": 2.0}


def test_a_line_per_round_and_a_summary_at_the_end() -> None:
    lines: list[str] = []
    log = RoundLog(2, lines.append)
    log.learners_awaited(1, 0, 2)
    log.round_finished(finished(1, 0.5, 0.0))
    log.round_finished(finished(2, 0.25, 0.75, failed=1))
    assert lines == [
        "round 1 of 2: waiting for learners, 0 of 2 are connected",
        "round 1 of 2: loss 0.5000, accuracy 0.0000 (2 learners trained, 2 evaluated)",
        "round 2 of 2: loss 0.2500, accuracy 0.7500 (2 learners trained, 2 evaluated, 1 failed)",
    ]
    assert json.loads(log.summary()) == {"rounds": 2, "loss": [0.5, 0.25], "accuracy": [0.0, 0.75]}


def test_what_was_not_measured_is_null_and_never_breaks_the_json() -> None:
    log = RoundLog(2, lambda line: None)
    log.round_finished(finished(1, None, None, evaluated=0))
    assert not log.measured
    log.round_finished(finished(2, math.nan, math.inf))
    assert log.measured
    assert json.loads(log.summary()) == {"rounds": 2, "loss": [None, None], "accuracy": [None, None]}
