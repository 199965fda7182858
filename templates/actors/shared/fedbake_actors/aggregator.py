"""The aggregator: averages what the learners trained, round by round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fedbake_actors import federation, ml_repo
from fedbake_actors.arguments import AggregatorArguments, parse_aggregator
from fedbake_actors.console import say
from fedbake_actors.errors import FederationError
from fedbake_actors.rounds import RoundLog
from fedbake_actors.settings import Settings


def run(argv: Sequence[str], environ: Mapping[str, str], workdir: Path) -> None:
    """Lead one session; the last line written is its summary as JSON (``RoundLog.summary``).

    Args:
        argv: arguments as in ``arguments.parse_aggregator``.
        environ: the container's environment.
        workdir: the folder that holds ``ml_repo``.

    Raises:
        ActorError: any failure; its ``exit_code`` is the process's.
    """
    arguments = parse_aggregator(argv)
    settings = Settings.from_environment(environ)
    model = ml_repo.load_model(ml_repo.enter(workdir))
    session = _session(arguments, settings)
    log = RoundLog(session.rounds, say)
    say(f"aggregator of project {arguments.project.id}: {session.rounds} rounds, listening on port {settings.port}")
    federation.serve(session, settings.port, model.parameters(), [log])
    if not log.measured:
        raise FederationError("no learner evaluated the model in any round")
    say(log.summary())


def _session(arguments: AggregatorArguments, settings: Settings) -> federation.Session:
    return federation.Session(
        rounds=arguments.rounds,
        min_available=arguments.min_available,
        min_fit=arguments.min_fit,
        min_evaluate=arguments.min_evaluate,
        learners_seconds=settings.learners_seconds,
    )
