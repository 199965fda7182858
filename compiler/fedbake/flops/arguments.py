"""The builder's command line, exactly as FLOps' manager writes it (docs/flops-contract.md)."""

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Never

from fedbake.errors import UsageError
from fedbake.names import Flavor, project_id
from fedbake.publish.notice import Subject
from fedbake.source.text import printable

DEFAULT_PLATFORM = "linux/amd64"

# One component of an image name, in which nothing reads like a host or a tag.
_CUSTOMER = re.compile(r"[A-Za-z0-9](?:[_-]?[A-Za-z0-9]){0,63}", re.ASCII)
_RUN_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}|[0-9A-Fa-f:]{2,39}(?:%[A-Za-z0-9._-]{1,15})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Common:
    """What both sub-commands are told.

    Attributes:
        registry_url: of the registry the images go to.
        project: id of the FLOps project.
        mqtt_host: where the manager's broker is.
        observer_host: where the project's observer is.
        notifies: whether manager and observer are told anything.
    """

    registry_url: str
    project: str
    mqtt_host: str
    observer_host: str
    notifies: bool


@dataclass(frozen=True, slots=True)
class Actors:
    """``fl_actors``: the images that train.

    Attributes:
        repository: URL of the ML repository.
        devel_base_images: whether ready-made base images of dependencies were asked for.
    """

    repository: str
    flavor: Flavor
    devel_base_images: bool


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """``trained_model``: the image that serves the model of a run.

    Attributes:
        customer: id of the customer, as written.
        run_id: of the MLflow run, 32 hex digits.
    """

    customer: str
    tracking_uri: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Arguments:
    """A whole command line.

    Attributes:
        platforms: comma-separated, as written: a wrong one is no wrong usage, but a build that fails.
    """

    common: Common
    platforms: str
    job: Actors | TrainedModel

    @property
    def subject(self) -> Subject:
        """Which of the two builders this is."""
        return Subject.FL_ACTORS if isinstance(self.job, Actors) else Subject.TRAINED_MODEL


class WrongArgumentsError(UsageError):
    """The command line cannot be used.

    Attributes:
        subject: the builder it is for, when that much could be read.
        common: what both sub-commands are told, when that much could be read.
    """

    def __init__(self, message: str, hint: str, subject: Subject | None, common: Common | None) -> None:
        super().__init__(printable(message), hint=hint)
        self.subject = subject
        self.common = common


class _ParserError(Exception):
    """What argparse has to say, and the usage that goes with it."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Never:
        raise _ParserError(message, " ".join(self.format_usage().split()))


def parse(words: Sequence[str]) -> Arguments:
    """Read the words after the program's name.

    Raises:
        WrongArgumentsError: they are not what the contract says.
        SystemExit: help was asked for, and printed.
    """
    given = argparse.Namespace()
    try:
        _parser().parse_args(list(words), given)
    except _ParserError as error:
        message, usage = error.args
        raise WrongArgumentsError(message, usage, _subject(given), _common(given)) from None
    common = _common(given)
    if common is None:
        raise AssertionError("argparse takes no command line without its positional arguments")
    job = Actors(given.repository, given.flavor, given.devel) if given.plan == "fl_actors" else _model(given)
    return Arguments(common, given.platforms, job)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="main.py", description="Build, verify and push the images of a FLOps project.")
    parser.add_argument("registry_url", metavar="REGISTRY_URL", help="http:// or https:// registry")
    parser.add_argument("project", metavar="PROJECT_ID", type=_project)
    parser.add_argument("mqtt_host", metavar="MQTT_IP", type=_matching(_HOST, "address"), help="port 9027")
    parser.add_argument("observer_host", metavar="OBSERVER_IP", type=_matching(_HOST, "address"), help="port 2727")
    parser.add_argument("--deactivate-notifications", dest="silent", action="store_true", help="tell nobody")
    parser.add_argument(
        "--supported_platforms",
        dest="platforms",
        metavar="CSV",
        default=DEFAULT_PLATFORM,
        help="linux/amd64 (default), linux/arm64, or both",
    )
    plans = parser.add_subparsers(dest="plan", metavar="fl_actors|trained_model", required=True)
    actors = plans.add_parser("fl_actors", help="learner and aggregator of an ML repository")
    actors.add_argument("repository", metavar="REPO_URL")
    actors.add_argument("flavor", metavar="FLAVOUR", type=_flavor, help=", ".join(Flavor))
    actors.add_argument("--use-devel-base-images", dest="devel", action="store_true", help="accepted, changes nothing")
    model = plans.add_parser("trained_model", help="server of a trained model")
    model.add_argument("customer", metavar="CUSTOMER_ID", type=_matching(_CUSTOMER, "customer id"))
    model.add_argument("tracking_uri", metavar="TRACKING_URI", help="http:// or https:// MLflow server")
    model.add_argument("run_id", metavar="RUN_ID", type=_matching(_RUN_ID, "run id"), help="32 hexadecimal digits")
    return parser


def _matching(pattern: re.Pattern[str], name: str) -> Callable[[str], str]:
    def accept(text: str) -> str:
        if pattern.fullmatch(text) is None:
            raise argparse.ArgumentTypeError(f"this is not a valid {name}")
        return text

    return accept


def _project(text: str) -> str:
    try:
        return project_id(text)
    except UsageError:
        raise argparse.ArgumentTypeError("this is not a valid project id") from None


def _flavor(text: str) -> Flavor:
    try:
        return Flavor(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"this is none of {', '.join(Flavor)}") from None


def _subject(given: argparse.Namespace) -> Subject | None:
    subjects = {"fl_actors": Subject.FL_ACTORS, "trained_model": Subject.TRAINED_MODEL}
    return subjects.get(getattr(given, "plan", None) or "")


def _common(given: argparse.Namespace) -> Common | None:
    if None in (getattr(given, name, None) for name in ("registry_url", "project", "mqtt_host", "observer_host")):
        return None
    return Common(given.registry_url, given.project, given.mqtt_host, given.observer_host, not given.silent)


def _model(given: argparse.Namespace) -> TrainedModel:
    return TrainedModel(given.customer, given.tracking_uri, given.run_id)
