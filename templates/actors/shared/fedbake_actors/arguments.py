"""The command lines of both actors, in the order in which the FLOps manager writes them.

Learner: ``PROJECT_ID MQTT_IP OBSERVER_IP AGGREGATOR_IP [DATA_TAGS_CSV]``. An empty last argument vanishes when the
manager splits its command, so it may be missing.

Aggregator: ``PROJECT_ID MQTT_IP OBSERVER_IP MLFLOW_URL TYPE ITERATIONS MIN_AVAILABLE MIN_FIT MIN_EVALUATE
[ROOT_AGGREGATOR_IP] [--track-locally] [--deactivate-notifications]``.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

DEFAULT_PORT = 8080
_NO_TRACKING = "none"

_NAME_OR_IPV4 = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<host>{_NAME_OR_IPV4}|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{{1,5}}))?", re.ASCII)
_BARE_IPV6 = re.compile(r"[0-9A-Fa-f]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*", re.ASCII)


class AggregatorType(str, Enum):  # noqa: UP042 -- Python 3.8 has no StrEnum
    """What an aggregator leads: learners, clusters of learners, or one such cluster below a root."""

    CLASSIC = "CLASSIC_AGGREGATOR"
    ROOT = "ROOT_AGGREGATOR"
    CLUSTER = "CLUSTER_AGGREGATOR"


@dataclass(frozen=True)
class Project:
    """What both actors are told about the FLOps project they belong to."""

    id: str
    mqtt_ip: str
    observer_ip: str


@dataclass(frozen=True)
class LearnerArguments:
    """A learner's command line.

    Attributes:
        aggregator: address as ``host:port``.
        data_tags: the non-empty tags, in order.
    """

    project: Project
    aggregator: str
    data_tags: tuple[str, ...]


@dataclass(frozen=True)
class AggregatorArguments:
    """An aggregator's command line.

    Attributes:
        mlflow_url: where experiments are tracked; ``None`` when the word there is ``none``.
        type: what it leads.
        rounds: number of training rounds; of cycles for a root.
        root: address of the root aggregator as ``host:port``; only a cluster has one.
        min_available, min_fit, min_evaluate: learners that must be connected, train, and evaluate in every round.
        track_locally: whether experiments are to be tracked by the aggregator itself.
        notify: whether the manager and the observer are to be notified.
    """

    project: Project
    mlflow_url: str | None
    type: AggregatorType
    rounds: int
    min_available: int
    min_fit: int
    min_evaluate: int
    root: str | None
    track_locally: bool
    notify: bool


def parse_learner(argv: Sequence[str]) -> LearnerArguments:
    """Read a learner's arguments (without the program's name).

    Raises:
        SystemExit: with code 2, after the usage was printed, when they are not of that form.
    """
    parser = _parser("learner")
    parser.add_argument("aggregator_ip", metavar="AGGREGATOR_IP", type=address)
    parser.add_argument("data_tags", metavar="DATA_TAGS_CSV", nargs="?", default="")
    found = parser.parse_args(argv)
    return LearnerArguments(_project(found), found.aggregator_ip, _tags(found.data_tags))


def parse_aggregator(argv: Sequence[str]) -> AggregatorArguments:
    """Read an aggregator's arguments (without the program's name).

    Raises:
        SystemExit: with code 2, after the usage was printed, when they are not of that form.
    """
    parser = _parser("aggregator")
    parser.add_argument("mlflow_url", metavar="MLFLOW_URL")
    parser.add_argument("type", metavar="TYPE", choices=[each.value for each in AggregatorType])
    parser.add_argument("rounds", metavar="ITERATIONS", type=_positive)
    parser.add_argument("min_available", metavar="MIN_AVAILABLE", type=_positive)
    parser.add_argument("min_fit", metavar="MIN_FIT", type=_positive)
    parser.add_argument("min_evaluate", metavar="MIN_EVALUATE", type=_positive)
    parser.add_argument("root", metavar="ROOT_AGGREGATOR_IP", nargs="?", type=address)
    parser.add_argument("--track-locally", action="store_true")
    parser.add_argument("--deactivate-notifications", action="store_true")
    found = parser.parse_args(argv)
    kind = AggregatorType(found.type)
    if kind is AggregatorType.CLUSTER and found.root is None:
        parser.error(f"a {kind.value} needs ROOT_AGGREGATOR_IP")
    return AggregatorArguments(
        project=_project(found),
        mlflow_url=None if found.mlflow_url == _NO_TRACKING else found.mlflow_url,
        type=kind,
        root=found.root if kind is AggregatorType.CLUSTER else None,
        rounds=found.rounds,
        min_available=found.min_available,
        min_fit=found.min_fit,
        min_evaluate=found.min_evaluate,
        track_locally=found.track_locally,
        notify=not found.deactivate_notifications,
    )


def address(text: str) -> str:
    """Read ``host``, ``host:port``, an IPv6 address, or ``[IPv6]:port``, and give it with its port (8080 by default).

    Raises:
        argparse.ArgumentTypeError: the text is none of these.
    """
    if _BARE_IPV6.fullmatch(text):
        return f"[{text}]:{DEFAULT_PORT}"
    match = _ADDRESS.fullmatch(text)
    port = int((match and match.group("port")) or DEFAULT_PORT)
    if match is None or not 0 < port < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address such as 10.30.0.7 or aggregator:8080")
    return f"{match.group('host')}:{port}"


def _parser(role: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python main.py ({role})", allow_abbrev=False)
    parser.add_argument("project_id", metavar="PROJECT_ID", type=_word)
    parser.add_argument("mqtt_ip", metavar="MQTT_IP")
    parser.add_argument("observer_ip", metavar="OBSERVER_IP")
    return parser


def _project(found: argparse.Namespace) -> Project:
    return Project(found.project_id, found.mqtt_ip, found.observer_ip)


def _tags(text: str) -> tuple[str, ...]:
    return tuple(tag.strip() for tag in text.split(",") if tag.strip())


def _word(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a project id")
    return text


def _positive(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return int(text)
