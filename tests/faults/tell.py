"""A builder that does nothing but tell: run as a process of its own, so that it can be killed."""

import sys
import time
from pathlib import Path

from fedbake.publish.audience import Audience
from fedbake.publish.notifications import Notifications

SUBJECT = "fl_actors_image_builder"


def tell_many(outbox: Path, audience: Audience, name: int, projects: list[str], runs: int) -> None:
    """One run after the other; the times of each success are the number of the process and of the run."""
    for number in range(runs):
        project = projects[number % len(projects)]
        with Notifications(project, SUBJECT, audience, outbox, _report) as told:
            told.started()
            told.success({"full_builder_process": number, "build_preparation": name})


def tell_and_wait(outbox: Path, audience: Audience, project: str, last_word: str) -> None:
    """Start, say a last word if there is one, and wait to be killed before it can be sent."""
    print("beginning", flush=True)
    with Notifications(project, SUBJECT, audience, outbox, _report) as told:
        told.started()
        told.tell("building")
        if last_word == "failed":
            told.failed("it failed")
        elif last_word == "success":
            told.success({"full_builder_process": 1})
        print("waiting", flush=True)
        time.sleep(600)


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    outbox, mqtt, observer, what, *rest = sys.argv[1:]
    audience = Audience("127.0.0.1", "127.0.0.1", int(mqtt), int(observer))
    if what == "many":
        tell_many(Path(outbox), audience, int(rest[0]), rest[2:], int(rest[1]))
    else:
        tell_and_wait(Path(outbox), audience, rest[0], rest[1])
