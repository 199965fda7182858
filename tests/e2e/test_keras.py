"""TensorFlow in both images, on both platforms: the Keras example is built, and every image passes its checks."""

import json
from pathlib import Path

import pytest

from e2e.main_job import fedbake, planned
from fedbake.bake.result import BakeResult
from fedbake.names import ACTORS, Platform


@pytest.mark.timeout(1800)
def test_keras_images_are_built_and_verified_on_both_platforms(tmp_path: Path) -> None:
    plan = planned("keras-mnist", tmp_path)
    # Not pushed: packing gigabytes of TensorFlow takes minutes, and is no other than that of small images.
    result = BakeResult.model_validate_json(fedbake("bake", str(plan), "--no-push", "--format", "json"))
    assert (result.verified, result.emulated) == (True, 0)
    assert checks_that_passed(plan) == {(role.value, platform.value) for role in ACTORS for platform in Platform}


def checks_that_passed(plan: Path) -> set[tuple[str, str]]:
    """Role and platform of every self-test in the build, run now or known from before on the same content."""
    events = [json.loads(line) for line in (plan / "events.ndjson").read_text().splitlines()]
    steps = [each for each in events if each["event"] == "step" and "/verify.py" in each["instruction"]]
    passed = [each for each in steps if each["state"] in {"done", "cached"}]
    return {(each["target"].removeprefix("verify-"), each["runs_on"]) for each in passed}
