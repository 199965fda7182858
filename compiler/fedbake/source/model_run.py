"""A trained model of a run, fetched from an MLflow tracking server of any 2.x or 3.x version."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from fedbake.errors import SourceError, UsageError
from fedbake.settings import Settings
from fedbake.source.limits import MODEL, megabytes
from fedbake.source.mlflow_client import MlflowClient
from fedbake.source.model_artifacts import (
    ArtifactStore,
    ListedFile,
    is_model_id,
    list_files,
    list_folder,
    logged_model_artifacts,
    run_artifacts,
)
from fedbake.source.model_download import download_files
from fedbake.source.model_files import MLMODEL, HiddenFiles, saved_at
from fedbake.source.paths import PathRules
from fedbake.source.snapshot import EntryKind, Snapshot
from fedbake.source.spool import Spool, assemble
from fedbake.source.tracking_uri import parse_tracking_uri

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,255}", re.ASCII)
_EXPERIMENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_READY = ("LOGGED_MODEL_READY", None)
_LOGGED_MODELS = 100
_SHOWN_NAMES = 10
_LATEST_MS = 253402300799_000  # 9999-12-31T23:59:59Z


@dataclass(frozen=True, slots=True)
class _LoggedModel:
    """A model that MLflow 3 keeps outside of the run's artifacts; ``created`` is in milliseconds."""

    id: str
    name: str
    created: int
    status: str | None


@dataclass(frozen=True, slots=True)
class _Run:
    """A run; ``ended`` is in seconds since the epoch, 0 for one that has not ended."""

    id: str
    experiment: str
    ended: int
    models: tuple[_LoggedModel, ...]


def fetch_model(
    tracking_uri: str, run_id: str, artifact: str, settings: Settings, report: Callable[[str], None]
) -> Snapshot:
    """Read a model of a run.

    Nothing of it is loaded or executed; what is left afterwards is a private, nameless file of its contents.

    Args:
        tracking_uri: the server's address; a login in it reaches the server, and nothing else.
        run_id: of the run the model was logged to.
        artifact: the model's name or artifact path in the run, such as FLOps' ``logged_model_artifact``.
        settings: with ``model_limits``, and the login for the server where the address has none.
        report: called with one line of text at a time about what happens.

    Raises:
        UsageError: the address, the run id or the artifact is malformed.
        SourceError: there is no such run or model, a path of it is refused, it is over a limit, or the server refuses.
        TransientError: the server failed or broke off several times, or does not answer in time.
    """
    server = parse_tracking_uri(tracking_uri, settings)
    if _RUN_ID.fullmatch(run_id) is None:
        raise UsageError(f"{run_id[:80]!a} is not the id of a run", hint="MLflow shows it as Run ID")
    _check_artifact(artifact, settings)
    with MlflowClient(server, settings, report) as client:
        report(f"looking for {artifact} in run {run_id} at {server.url}")
        run = _find_run(client, run_id)
        store, root = _find_store(client, run, artifact)
        hidden, spool = HiddenFiles(), Spool()
        files = list_files(client, store, root, settings.model_limits, hidden)
        _check_model(client, run, artifact, files)
        hidden.tell(report)
        report(f"fetching {len(files)} files, {megabytes(sum(file.size or 0 for file in files))}")
        stored = download_files(client, store, files, spool, settings.model_limits, report)
    content = assemble(spool, ((file.path, EntryKind.FILE, each) for file, each in zip(files, stored, strict=True)))
    url = f"{server.url}/#/experiments/{run.experiment}/runs/{run.id}"
    name = artifact.rpartition("/")[2]
    snapshot = Snapshot(name, url, None, run.ended, content.tree, content.entries, content.contents)
    # The model's own time: that of the run changes when something else is logged to it later.
    return replace(snapshot, committed_at=saved_at(snapshot) or run.ended)


def _check_artifact(artifact: str, settings: Settings) -> None:
    try:
        PathRules(settings.model_limits, MODEL).accept(artifact.encode("utf-8", "surrogateescape"))
    except SourceError as error:
        message = f"{error.where} is not the name or artifact path of a model"
        raise UsageError(message, hint="leave it out for the model of a FLOps project") from None


def _find_run(client: MlflowClient, run_id: str) -> _Run:
    answer = client.ask("/api/2.0/mlflow/runs/get", {"run_id": run_id})
    if answer is None:
        hint = "MLflow shows it as Run ID; give the address of the server the run was tracked with"
        raise SourceError(f"the tracking server knows no run {run_id}", where=client.where, hint=hint)
    run = _mapping(answer.get("run"))
    info = _mapping(run.get("info"))
    experiment = info.get("experiment_id")
    if info.get("run_id") != run_id or not isinstance(experiment, str) or not _EXPERIMENT_ID.fullmatch(experiment):
        raise _not_understood(client)
    outputs = _mapping(run.get("outputs")).get("model_outputs", [])
    ids = [_mapping(each).get("model_id") for each in outputs] if isinstance(outputs, list) else [None]
    if len(ids) > _LOGGED_MODELS:
        hint = "log the model to be served to a run of its own"
        raise SourceError(f"the run has more than {_LOGGED_MODELS} models", where=client.where, hint=hint)
    models = tuple(_find_logged_model(client, each) for each in dict.fromkeys(ids))
    return _Run(run_id, experiment, _milliseconds(info.get("end_time")) // 1000, models)


def _find_logged_model(client: MlflowClient, model_id: object) -> _LoggedModel:
    if not is_model_id(model_id):
        raise _not_understood(client)
    answer = client.ask(f"/api/2.0/mlflow/logged-models/{model_id}", {})
    info = _mapping(_mapping((answer or {}).get("model")).get("info"))
    name, status = info.get("name"), info.get("status")
    if not isinstance(name, str) or not isinstance(status, str | None):
        raise _not_understood(client)
    return _LoggedModel(model_id, name, _milliseconds(info.get("creation_timestamp_ms")), status)


def _find_store(client: MlflowClient, run: _Run, artifact: str) -> tuple[ArtifactStore, str]:
    """Where the model's files are, and in which folder there. As in MLflow, a logged model comes before an artifact."""
    named = [model for model in run.models if model.name == artifact]
    if not named:
        return run_artifacts(run.id), artifact
    model = max(named, key=lambda each: (each.created, each.id))
    if model.status not in _READY:
        hint = "wait until it is, or log it again"
        raise SourceError(f"the model {artifact} is not completely logged", where=client.where, hint=hint)
    return logged_model_artifacts(model.id), ""


def _check_model(client: MlflowClient, run: _Run, artifact: str, files: tuple[ListedFile, ...]) -> None:
    if any(file.path == MLMODEL for file in files):
        return
    there = list(dict.fromkeys(_names(client, run)))
    shown = ", ".join(ascii(name[:80])[1:-1] for name in there[:_SHOWN_NAMES]) + (", …" * (len(there) > _SHOWN_NAMES))
    raise SourceError(
        f"{artifact} has no MLmodel file, so that it is no model" if files else f"the run has no artifact {artifact}",
        where=f"run {run.id} at {client.where}",
        hint=f"the run has {shown}" if there else "nothing was logged to this run",
    )


def _names(client: MlflowClient, run: _Run) -> Iterator[str]:
    """What a user could have meant: the run's models and what lies at the top of its artifacts."""
    yield from (model.name for model in run.models)
    for name, is_folder, _ in list_folder(client, run_artifacts(run.id), ""):
        yield f"{name}/" if is_folder else name


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _milliseconds(value: object) -> int:
    """A time of MLflow, which JSON of protocol buffers may hold as text; 0 when there is none."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value, re.ASCII):
        value = int(value)
    return value if isinstance(value, int) and 0 <= value <= _LATEST_MS else 0


def _not_understood(client: MlflowClient) -> SourceError:
    message = "the tracking server describes the run in a form that is not understood"
    return SourceError(message, where=client.where, hint="fedbake knows MLflow 2 and 3")
