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
from fedbake_actors.rounds import RoundLog, RoundObserver
from fedbake_actors.settings import Settings
from fedbake_actors.tracking import Experiment, Tracker

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
        model = ml_repo.load_model(ml_repo.enter(workdir))
        _lead_cluster(arguments, arguments.root, settings, model.parameters())
        return
    audience = settings.audience(arguments.project) if arguments.notify else None
    notices = Notices(arguments.project.id, "aggregator", audience, say)
    kind = arguments.type.value
    with notices.failures(aggregator_type=kind):
        notices.manager("started", aggregator_type=kind)
        notices.observer(f"aggregator started: {arguments.rounds} rounds")
        summary, facts = _lead(arguments, settings, workdir, notices)
        notices.observer(f"aggregator finished: {summary}")
        # Told when everything is done: the manager ends this service when it hears it.
        notices.manager("success", aggregator_type=kind, **facts)
    say(summary)


def _lead(
    arguments: AggregatorArguments, settings: Settings, workdir: Path, notices: Notices
) -> tuple[str, Mapping[str, object]]:
    """Lead the whole session and keep its model; the summary, and what the manager is told of it."""
    model = ml_repo.load_model(ml_repo.enter(workdir))
    session = _session(arguments, settings)
    log = RoundLog(session.rounds, say)
    told = RoundLog(session.rounds, notices.observer)
    tracker = _tracker(arguments, settings, workdir)
    say(f"aggregator of project {arguments.project.id}: {session.rounds} rounds, listening on port {settings.port}")
    observers: list[RoundObserver] = [log, told]
    if tracker is not None:
        observers.append(tracker)
    federation.serve(session, settings.port, model.parameters(), observers)
    if not log.measured:
        raise FederationError("no learner evaluated the model in any round")
    kept = tracker.keep_best(model, workdir) if tracker else None
    return log.summary(), {**log.final, **(kept.facts if kept else {})}


def _tracker(arguments: AggregatorArguments, settings: Settings, workdir: Path) -> Tracker | None:
    uri = (workdir / "mlruns").as_uri() if arguments.track_locally else arguments.mlflow_url
    if uri is None:
        return None
    tags = {"fedbake.revision": settings.revision} if settings.revision else {}
    return Tracker(Experiment(uri, arguments.project.id, settings.flavor, tags), say)


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
