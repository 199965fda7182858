"""One message to the manager or the observer: whose it is, where it goes, and what it says.

Topics, payloads and limits are those of the FLOps contract, sections "MQTT" and "Observer TCP protocol".
"""

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fedbake.publish.wording import duration, pieces, tellable


class Channel(StrEnum):
    """Who hears a notice."""

    MANAGER = "manager"
    OBSERVER = "observer"


class Subject(StrEnum):
    """Which builder speaks, as a part of its topics."""

    FL_ACTORS = "fl_actors_image_builder"
    TRAINED_MODEL = "trained_model_image_builder"


class Status(StrEnum):
    """What the manager is told of a builder, as a part of its topics."""

    STARTED = "started"
    SUCCESS = "success"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """The broker the manager listens at, or the observer itself."""

    channel: Channel
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.channel} at {self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message.

    Attributes:
        id: its own for good; a message that arrives twice has the same one.
        project: the FLOps project it is about.
        topic: of a message to the manager.
        body: the payload, or the text for the observer.
        created: when, in seconds since 1970.
    """

    id: str
    project: str
    address: Address
    topic: str | None
    body: str
    created: float


def to_manager(
    address: Address, project: str, subject: Subject, status: Status, facts: Mapping[str, str], **more: object
) -> Notice:
    """A message for the manager.

    Args:
        facts: the contract's keys besides ``flops_project_id``.
        more: what fedbake adds under the one key ``fedbake``, beside the message's id.
    """
    identity = uuid.uuid4().hex
    payload = {"flops_project_id": project, **facts, "fedbake": {"id": identity, **more}}
    topic = f"flops_manager/{subject}/{status}"
    return Notice(identity, project, address, topic, json.dumps(payload, ensure_ascii=False), time.time())


def to_observer(address: Address, project: str, text: str) -> tuple[Notice, ...]:
    """A text for the observer, as one message for each connection it takes; none for an empty text."""
    now = time.time()
    return tuple(
        Notice(uuid.uuid4().hex, project, address, None, piece, now) for piece in pieces(tellable(text).strip())
    )


def failure(address: Address, project: str, subject: Subject, message: str) -> Notice:
    """The manager's message that a builder failed, and why."""
    return to_manager(address, project, subject, Status.FAILED, {"error_msg": tellable(message)})


def timings_text(timings: Mapping[str, float]) -> dict[str, str]:
    """Seconds in the words of the contract."""
    return {name: duration(seconds) for name, seconds in timings.items()}
