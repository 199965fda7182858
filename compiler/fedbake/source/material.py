"""What a plan can be made of: an ML repository, or a trained model of a run or in a folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fedbake.settings import Settings
from fedbake.source.snapshot import Snapshot

LOGGED_MODEL = "logged_model_artifact"
"""What FLOps calls the model in the last round's run (docs/flops-contract.md)."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository's URL or folder, and the branch, tag or commit of it; the default branch without one."""

    source: str
    ref: str | None

    @property
    def shown(self) -> str:
        """What it is called in messages, without a login."""
        from fedbake.source.location import masked

        return masked(self.source)


@dataclass(frozen=True, slots=True)
class ModelRun:
    """A model logged to a run of an MLflow tracking server, by its name or artifact path there."""

    tracking_uri: str
    run_id: str
    artifact: str

    @property
    def shown(self) -> str:
        """What it is called in messages."""
        return f"the model of run {self.run_id}"


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model in a local folder."""

    folder: Path

    @property
    def shown(self) -> str:
        """What it is called in messages."""
        return str(self.folder)


Material = Repository | ModelRun | ModelFolder


def fetch_material(material: Material, settings: Settings, report: Callable[[str], None]) -> Snapshot:
    """Read it; nothing of it is ever executed.

    Raises:
        UsageError, SourceError, TransientError, WorkerError: as `fetch`, `fetch_model` and `fetch_model_folder` say.
    """
    match material:
        case ModelRun(tracking_uri=uri, run_id=run_id, artifact=artifact):
            from fedbake.source.model_run import fetch_model

            return fetch_model(uri, run_id, artifact, settings, report)
        case ModelFolder(folder=folder):
            from fedbake.source.model_folder import fetch_model_folder

            return fetch_model_folder(folder, settings, report)
        case Repository(source=source, ref=ref):
            from fedbake.source.fetch import fetch

            return fetch(source, ref, settings, report)
