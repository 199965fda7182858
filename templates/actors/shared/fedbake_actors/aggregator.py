"""The aggregator: averages what the learners trained, round by round; in a hierarchy, what the clusters did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fedbake_actors import federation, ml_repo
from fedbake_actors.arguments import AggregatorArguments, AggregatorType, parse_aggregator
from fedbake_actors.cluster import Cluster, follow
from fedbake_actors.console import say
from fedbake_actors.errors import FederationError
from fedbake_actors.notices import Notices
from fedbake_actors.rounds import RoundLog
from fedbake_actors.settings import Settings

if TYPE_CHECKING:
    from fedbake_actors.parameters import Arrays


def run(argv: Sequence[str], environ: Mapping[str, str], workdir: Path) -> None:
    """Lead one session, or one cluster through all sessions of its root.

    The last line a classic or root aggregator writes is its summary as JSON (``RoundLog.summary``).

    Args:
        argv: arguments as in ``arguments.parse_aggregator``.
        environ: the container's environment.
        workdir: the folder that holds ``ml_repo``.

    Raises:
        ActorError: any failure; its ``exit_code`` is the process's.
    """
    arguments = parse_aggregator(argv)
    settings = Settings.from_environment(environ)
    if arguments.root is not None:
        _lead_cluster(arguments, arguments.root, settings, _initial(workdir))
        return
    audience = settings.audience(arguments.project) if arguments.notify else None
    notices = Notices(arguments.project.id, "aggregator", audience, say)
    kind = arguments.type.value
    with notices.failures(aggregator_type=kind):
        notices.manager("started", aggregator_type=kind)
        notices.observer(f"aggregator started: {arguments.rounds} rounds")
        log = _lead(arguments, settings, _initial(workdir), notices)
        notices.observer(f"aggregator finished: {log.summary()}")
        # Told when everything is done: the manager ends this service when it hears it.
        notices.manager("success", aggregator_type=kind, **log.final)
    say(log.summary())


def _initial(workdir: Path) -> Arrays:
    return ml_repo.load_model(ml_repo.enter(workdir)).parameters()


def _lead(arguments: AggregatorArguments, settings: Settings, initial: Arrays, notices: Notices) -> RoundLog:
    """Lead the whole session; what its rounds were."""
    session = _session(arguments, settings)
    log = RoundLog(session.rounds, say)
    told = RoundLog(session.rounds, notices.observer)
    say(f"aggregator of project {arguments.project.id}: {session.rounds} rounds, listening on port {settings.port}")
    federation.serve(session, settings.port, initial, [log, told])
    if not log.measured:
        raise FederationError("no learner evaluated the model in any round")
    return log


def _lead_cluster(arguments: AggregatorArguments, root: str, settings: Settings, initial: Arrays) -> None:
    session = _session(arguments, settings)
    say(f"cluster aggregator of project {arguments.project.id}: {session.rounds} rounds in each cycle of {root}")
    follow(Cluster(session, settings.port, initial, say), root, settings.connect_seconds, say)
    say("the root aggregator ended the session")


def _session(arguments: AggregatorArguments, settings: Settings) -> federation.Session:
    # A root's round is a whole session for the learners below its clusters: only after the last one they may leave.
    cycles = arguments.rounds if arguments.type is AggregatorType.ROOT else 0
    return federation.Session(
        rounds=arguments.rounds,
        min_available=arguments.min_available,
        min_fit=arguments.min_fit,
        min_evaluate=arguments.min_evaluate,
        learners_seconds=settings.learners_seconds,
        followed=lambda number: number < cycles,
    )
