"""The learner: a repository's model, trained where the data is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fedbake_actors import federation, ml_repo
from fedbake_actors.arguments import parse_learner
from fedbake_actors.console import say
from fedbake_actors.settings import Settings


def run(argv: Sequence[str], environ: Mapping[str, str], workdir: Path) -> None:
    """Take part in one session, from fetching the data to the aggregator's good-bye.

    Args:
        argv: arguments as in ``arguments.parse_learner``.
        environ: the container's environment.
        workdir: the folder that holds ``ml_repo``.

    Raises:
        ActorError: any failure; its ``exit_code`` is the process's.
    """
    arguments = parse_learner(argv)
    settings = Settings.from_environment(environ)
    model = ml_repo.load_model(ml_repo.enter(workdir))
    model.fetch_data()
    say(f"learner of project {arguments.project.id}: data is ready, joining the aggregator at {arguments.aggregator}")
    federation.take_part(model, arguments.aggregator, settings.connect_seconds, say)
    say("the aggregator ended the session")
