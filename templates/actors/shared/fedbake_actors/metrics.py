"""Averaging what learners measured, each weighted by its number of examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def weighted_metrics(measured: Sequence[tuple[int, Mapping[str, object]]]) -> dict[str, float]:
    """The weighted mean of every numeric metric.

    Given is, per learner, its number of examples and its metrics by name. A metric is averaged over the learners that
    sent it. A value of 0.0 counts like any other, a learner with no examples does not count, and a metric nobody with
    examples sent is left out.
    """
    names = sorted({name for _, metrics in measured for name in metrics})
    means = {}
    for name in names:
        weighted = [
            (count, float(value))
            for count, metrics in measured
            for value in [metrics.get(name)]
            if isinstance(value, (int, float)) and count > 0
        ]
        if weighted:
            means[name] = sum(count * value for count, value in weighted) / sum(count for count, _ in weighted)
    return means
