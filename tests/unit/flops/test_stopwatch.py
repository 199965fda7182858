"""Times by the contract's keys: each second of a builder is counted once, under what the builder waited for."""

import pytest

from fedbake.bake.event import ActivityChanged, Event, PhaseStarted, State, StepChanged
from fedbake.bake.step import Step
from fedbake.flops.stopwatch import Stopwatch
from fedbake.names import Platform
from fedbake.publish.notice import Subject

INSTALL = Step("learner", Platform.AMD64, "linux/amd64", 2, "RUN uv pip install", "deps-actors-amd64")
COPY = Step("learner", Platform.AMD64, "linux/amd64", 3, "COPY context/ml_repo/ /fl_learner/", "learner")
CHECK = Step("verify-learner", Platform.AMD64, "linux/amd64", 4, "RUN python /verify.py", "verify")
EXPORT = "[learner] exporting to image"

BAKE: list[tuple[float, Event]] = [
    (5, PhaseStarted("checking", "")),
    (6, PhaseStarted("building", "")),
    (7, StepChanged(INSTALL, State.STARTED, False, 0)),
    (8, StepChanged(COPY, State.STARTED, False, 0)),
    (17, StepChanged(INSTALL, State.DONE, False, 10)),
    (18, StepChanged(COPY, State.DONE, False, 10)),
    (18, ActivityChanged(EXPORT, State.STARTED)),
    (18, StepChanged(CHECK, State.STARTED, False, 0)),
    (21, StepChanged(CHECK, State.DONE, False, 3)),
    (25, ActivityChanged(EXPORT, State.DONE)),
    (26, PhaseStarted("publishing", "")),
    (28, PhaseStarted("done", "")),
]


def followed(events: list[tuple[float, Event]], end: float) -> Stopwatch:
    now = [0.0]
    watch = Stopwatch(lambda: now[0])
    for at, event in events:
        now[0] = at
        watch.follow(event)
    now[0] = end
    return watch


def test_actors() -> None:
    timings = followed(BAKE, end=28).timings(Subject.FL_ACTORS)
    assert timings == {
        "full_builder_process": 28,
        "build_preparation": 6,
        "base_image_build": 10,  # from 7 to 17 something is installed
        "base_image_push": 0,  # it is never pushed
        "actor_images_build": 1 + 1 + 3 + 1,  # definitions, the last copy, the checks, looking what was pushed
        "actor_images_push": 4 + 2,  # nothing is built any more, and then the tags
    }
    full, *parts = timings.values()
    assert sum(parts) == pytest.approx(full)


def test_a_trained_model() -> None:
    timings = followed(BAKE, end=28).timings(Subject.TRAINED_MODEL)
    expected = {"full_builder_process": 28, "build_preparation": 6, "build_image": 16, "push_image": 6}
    assert timings == expected


def test_what_stands_already_took_its_preparation_only() -> None:
    timings = followed([], end=0.4).timings(Subject.FL_ACTORS)
    assert list(timings.items())[:2] == [("full_builder_process", 0.4), ("build_preparation", 0.4)]
    assert set(list(timings.values())[2:]) == {0}


def test_a_build_that_is_tried_again_begins_with_nothing_running() -> None:
    broken = [*BAKE[:4], (10.0, PhaseStarted("waiting", "trying again")), (12.0, PhaseStarted("building", ""))]
    timings = followed(broken, end=12).timings(Subject.FL_ACTORS)
    assert (timings["base_image_build"], timings["actor_images_build"]) == (3, 3)
