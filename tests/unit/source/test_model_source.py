"""Models out of real tracking servers, logged by real clients."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from actor_environments import environment
from actor_images import variables

from e2e.tracking_server import TrackingServer
from fedbake import process
from fedbake.errors import SourceError, TransientError
from fedbake.inspect.mlmodel import read_model
from fedbake.names import Loader
from fedbake.settings import Settings
from fedbake.source.model_folder import fetch_model_folder
from fedbake.source.model_run import fetch_model
from fedbake.source.snapshot import Snapshot
from ports import free_port

SERVERS = {
    "2.12.1": ("mlflow==2.12.1", "setuptools<82", "sqlalchemy<2.1"),
    "3.4.0": ("mlflow==3.4.0", "sqlalchemy<2.1"),
}
CLIENT = Path(__file__).parent / "log_models.py"
SETTINGS = Settings.from_environment({"HOME": "/nonexistent"})


@dataclass(frozen=True)
class Logged:
    """A running server with one run, and what its client kept of it in a folder."""

    uri: str
    run: str
    folder: Path

    def fetch(self, artifact: str) -> Snapshot:
        return fetch_model(self.uri, self.run, artifact, SETTINGS, lambda _line: None)


@pytest.fixture(scope="module", params=SERVERS)
def logged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    python = environment(*SERVERS[request.param])
    with TrackingServer(python, free_port(), tmp_path_factory.mktemp("mlflow")) as server:
        folder = tmp_path_factory.mktemp("client")
        # MLflow 3 looks for a logged model among the run's artifacts first, and for minutes unless it is told not to.
        env = variables(MLFLOW_HTTP_REQUEST_MAX_RETRIES="0")
        done = process.run([str(python), str(CLIENT), server.uri, str(folder)], env=env, timeout=120)
        assert done.code == 0, done.stderr
        yield Logged(server.uri, done.text.splitlines()[-1], folder)


def files_of(snapshot: Snapshot) -> dict[str, bytes]:
    return {entry.path: snapshot.contents.read(entry.path) for entry in snapshot.entries}


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_logged_model_is_what_mlflows_own_client_downloads(logged: Logged) -> None:
    snapshot = logged.fetch("logged")
    assert files_of(snapshot) == files_in(logged.folder / "downloaded" / "logged")
    assert {"code/my_code/__init__.py", "code/my_code/inner/with space & more.py"} <= set(files_of(snapshot))
    assert snapshot.name == "logged"


def test_artifacts_of_a_run_are_the_model_in_the_folder_they_came_from(logged: Logged) -> None:
    snapshot = logged.fetch("logged_model_artifact")
    local = fetch_model_folder(logged.folder / "saved", SETTINGS, print)
    assert (snapshot.tree, snapshot.committed_at) == (local.tree, local.committed_at)
    assert files_of(snapshot) == files_in(logged.folder / "saved")
    assert (snapshot.commit, local.url) == (None, None)
    assert snapshot.url is not None
    assert snapshot.url.startswith(f"{logged.uri}/#/experiments/")
    assert snapshot.url.endswith(f"/runs/{logged.run}")


@pytest.mark.parametrize("artifact", ["logged", "logged_model_artifact"])
def test_what_a_real_model_says_is_understood(logged: Logged, artifact: str) -> None:
    model = read_model(logged.fetch(artifact))
    assert model.facts.problems == ()
    assert model.facts.notes == ()
    assert model.loader is Loader.SKLEARN
    assert [(flavor.name, flavor.data) for flavor in model.flavors] == [("sklearn", "model.pkl")]
    assert model.signature is not None
    assert "float64" in str(model.signature.inputs)
    assert model.example is not None
    assert model.example.path == "input_example.json"
    assert "mlflow" in {declaration.name for declaration in model.facts.declarations}
    assert [python.specifier[:6] for python in model.facts.python] == ["==3.11"]
    assert (model.pyfunc and model.pyfunc.code) == (("code",) if artifact == "logged" else ())


@pytest.mark.parametrize(
    ("artifact", "sentence"),
    [
        ("best_model", "the run has no artifact best_model"),
        ("notes", "notes has no MLmodel file, so that it is no model"),
        ("logged_model_artifact/MLmodel", "the run has no artifact logged_model_artifact/MLmodel"),
        ("logged_model_artifact/nothing", "the run has no artifact logged_model_artifact/nothing"),
    ],
)
def test_an_artifact_that_is_no_model_is_answered_with_those_there_are(
    logged: Logged, artifact: str, sentence: str
) -> None:
    with pytest.raises(SourceError) as caught:
        logged.fetch(artifact)
    assert caught.value.message == sentence
    assert caught.value.where == f"run {logged.run} at {logged.uri}"
    assert all(name in str(caught.value.hint) for name in ("logged", "logged_model_artifact/", "notes/"))


def test_a_run_that_does_not_exist_is_told_apart_from_a_server_that_does_not(logged: Logged) -> None:
    with pytest.raises(SourceError, match="the tracking server knows no run 0000"):
        fetch_model(logged.uri, "0" * 32, "logged", SETTINGS, print)
    with pytest.raises(SourceError, match="this is not an MLflow tracking server"):
        fetch_model(f"{logged.uri}/somewhere", logged.run, "logged", SETTINGS, print)
    with pytest.raises(TransientError, match="cannot be reached"):
        fetch_model(f"http://127.0.0.1:{free_port()}", logged.run, "logged", replace(SETTINGS, patience=0.0), print)
