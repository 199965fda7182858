"""The learner: a repository's model, trained where the data is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fedbake_actors import federation, ml_data, ml_repo
from fedbake_actors.arguments import LearnerArguments, parse_learner
from fedbake_actors.console import say
from fedbake_actors.ml_data import DataSource
from fedbake_actors.notices import Notices
from fedbake_actors.participant import ModelParticipant
from fedbake_actors.settings import Settings


def run(argv: Sequence[str], environ: Mapping[str, str], workdir: Path) -> None:
    """Take part in a session, from fetching the data to the aggregator's good-bye.

    In a hierarchy another session follows each cycle but the last; the learner then starts anew with fresh data.

    Args:
        argv: arguments as in ``arguments.parse_learner``.
        environ: the container's environment.
        workdir: the folder that holds ``ml_repo``.

    Raises:
        ActorError: any failure; its ``exit_code`` is the process's.
    """
    arguments = parse_learner(argv)
    settings = Settings.from_environment(environ)
    with Notices(arguments.project.id, "learner", settings.audience(arguments.project), say).failures():
        root = ml_repo.enter(workdir)
        while _take_part(root, arguments, settings):
            say("the aggregator ended the session, another one follows")
        say("the aggregator ended the session")


def _take_part(root: Path, arguments: LearnerArguments, settings: Settings) -> bool:
    """One session; whether another one follows."""
    model = ml_repo.load_model(root)
    with ml_data.provided(DataSource(settings.data_server, arguments.data_tags, settings.connect_seconds, say)):
        model.fetch_data()
        project, aggregator = arguments.project.id, arguments.aggregator
        say(f"learner of project {project}: data is ready, joining the aggregator at {aggregator}")
        participant = ModelParticipant(model)
        federation.take_part(participant, aggregator, settings.connect_seconds, say)
    return participant.another_session
