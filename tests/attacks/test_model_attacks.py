"""Attacks on the fetching of models: a tracking server that lies, fails or never ends, folders that are no models."""

import base64
import gzip
import json
import os
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from model_server import FILES, MODEL, RUN, Item, ModelServer, endless, reset, serve, silent, status
from source_repositories import settings

from fedbake.errors import FedbakeError, SourceError, TransientError, UsageError
from fedbake.settings import Limits, Settings
from fedbake.source import mlflow_client
from fedbake.source.model_folder import fetch_model_folder
from fedbake.source.model_run import fetch_model
from fedbake.source.snapshot import Snapshot
from fedbake.transient import Retries

PASSWORD = "5ec2e7f00d5ec2e7f00d5ec2e7f00d5e"
LOGIN = {"MLFLOW_TRACKING_USERNAME": "somebody", "MLFLOW_TRACKING_PASSWORD": PASSWORD}
MODEL_FILE = f"{MODEL}/data/model.pkl"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serve() as running:
        yield running


@pytest.fixture
def how(tmp_path: Path) -> Settings:
    return settings(tmp_path, patience=60.0)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_client, "REQUEST", Retries(times=3, first=0.0, longest=0.0))


def limited(how: Settings, **limits: int) -> Settings:
    return Settings(
        how.cache_dir, how.state_dir, None, False, how.limits, how.environment, model_limits=Limits(**limits)
    )


def fetch(server: ModelServer, how: Settings, lines: list[str] | None = None) -> Snapshot:
    return fetch_model(server.uri, RUN, MODEL, how, (lines if lines is not None else []).append)


def refusal(server: ModelServer, how: Settings) -> FedbakeError:
    """Fetch, and give the error, which must be one clean sentence."""
    with pytest.raises(FedbakeError) as caught:
        fetch(server, how)
    error = caught.value
    shown = f"{error.message}{error.where or ''}{error.hint or ''}"
    assert error.message
    assert re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown) is None
    assert len(shown) < 600
    return error


def adding(*items: Item) -> Callable[[str, list[Item]], list[Item]]:
    """A listing with more in the model's folder than there is."""
    return lambda folder, honest: honest + list(items) if folder == MODEL else honest


def test_control_an_honest_server_is_read_completely(server: ModelServer, how: Settings) -> None:
    snapshot = fetch(server, how)
    assert {entry.path: snapshot.contents.read(entry.path) for entry in snapshot.entries} == FILES
    assert snapshot.name == MODEL
    assert snapshot.url == f"{server.uri}/#/experiments/7/runs/{RUN}"
    assert snapshot.committed_at == 1767323045


# --- names


def test_control_a_naive_client_writes_outside_of_its_folder(server: ModelServer, tmp_path: Path) -> None:
    server.listed = adding({"path": "../evil", "is_dir": False})
    listing = f"{server.uri}/api/2.0/mlflow/artifacts/list?run_id={RUN}&path={MODEL}"
    with urllib.request.urlopen(listing) as answer:
        names = [item["path"] for item in json.load(answer)["files"]]
    (tmp_path / "model").mkdir()
    for name in names[-1:]:
        (tmp_path / "model" / name).write_bytes(b"")
    assert (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "path",
    [
        "../evil",
        f"{MODEL}/../evil",
        f"{MODEL}/..",
        f"{MODEL}/.",
        f"{MODEL}/",
        f"{MODEL}/a/b",
        f"{MODEL}//a",
        "/etc/passwd",
        "other/file",
        MODEL,
        "",
        f"{MODEL}/..\\evil",
        f"{MODEL}/C:\\evil",
        f"{MODEL}/\x1b]0;evil\x07",
        f"{MODEL}/a\nb",
        f"{MODEL}/a\0b",
        f"{MODEL}/a\u202eb",
        f"{MODEL}/\ud800",
        f"{MODEL}/trailing.",
        f"{MODEL}/git~1",
        f"{MODEL}/" + "x" * 2000,
        f"{MODEL}/MLmodel",
        f"{MODEL}/mlmodel",
        f"{MODEL}/DATA",
        7,
        None,
    ],
)
@pytest.mark.parametrize("is_dir", [False, True])
def test_names_that_lead_elsewhere_or_deceive_are_refused(
    server: ModelServer, how: Settings, path: object, is_dir: bool
) -> None:
    server.listed = adding({"path": path, "is_dir": is_dir, "file_size": 1})
    error = refusal(server, how)
    assert isinstance(error, SourceError)
    assert not any(seen == "/get-artifact" for seen, _ in server.seen)


def test_two_spellings_of_one_name_are_refused(server: ModelServer, how: Settings) -> None:
    server.listed = adding({"path": f"{MODEL}/é", "file_size": 1}, {"path": f"{MODEL}/e\u0301", "file_size": 1})
    assert "the same one on some systems" in refusal(server, how).message


def test_hidden_files_are_left_out_and_told(server: ModelServer, how: Settings) -> None:
    server.listed = adding({"path": f"{MODEL}/.DS_Store", "file_size": 1}, {"path": f"{MODEL}/.git", "is_dir": True})
    lines: list[str] = []
    assert {entry.path for entry in fetch(server, how, lines).entries} == set(FILES)
    assert "hidden files are left out of the model: '.DS_Store', '.git'" in lines


def test_folders_in_folders_without_end_are_refused(server: ModelServer, how: Settings) -> None:
    server.listed = lambda folder, items: [*items, {"path": f"{folder}/d", "is_dir": True}] if folder else items
    assert "deeper than 32 levels" in refusal(server, how).message


def test_pages_without_end_are_refused(server: ModelServer, how: Settings) -> None:
    numbers = iter(range(10**6))
    server.fault = lambda path: (
        status(200, json.dumps({"files": [], "next_page_token": str(next(numbers))}).encode())
        if path.endswith("/list")
        else None
    )
    assert refusal(server, how).message == "the tracking server lists artifacts without end"


# --- sizes


@pytest.mark.parametrize("size", [-1, 1.5, True, "many", [1], 10**40])
def test_sizes_that_are_none_are_refused(server: ModelServer, how: Settings, size: object) -> None:
    server.listed = adding({"path": f"{MODEL}/x", "file_size": size})
    assert isinstance(refusal(server, how), SourceError)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"files": 3}, "the model has more than 3 files"),
        ({"file_bytes": 1000}, "a file has 0.2 MiB, and at most 0.0 MiB are read"),
        ({"total_bytes": 200_000}, "the model has more than 0.2 MiB of content"),
    ],
)
def test_a_model_over_a_limit_is_refused_before_it_is_downloaded(
    server: ModelServer, how: Settings, limits: dict[str, int], sentence: str
) -> None:
    assert refusal(server, limited(how, **limits)).message == sentence
    assert not any(path == "/get-artifact" for path, _ in server.seen)


@pytest.mark.parametrize("sent", [b"", b"x", b"x" * 300_000])
def test_another_size_than_the_one_listed_is_refused(server: ModelServer, how: Settings, sent: bytes) -> None:
    server.fault = lambda path: status(200, sent) if path == MODEL_FILE else None
    error = refusal(server, how)
    assert "another size than the 200000 bytes it lists" in error.message
    assert error.where == "data/model.pkl"


def test_a_body_without_end_is_cut_off(server: ModelServer, how: Settings) -> None:
    server.fault = lambda path: endless(server, b"x" * 65536, 0) if path == MODEL_FILE else None
    started = time.monotonic()
    assert "another size" in refusal(server, how).message
    assert time.monotonic() - started < 5


def test_a_body_without_end_and_without_a_listed_size_is_cut_off_at_the_limit(
    server: ModelServer, how: Settings
) -> None:
    server.listed = lambda _folder, items: [{**item, "file_size": None} for item in items]
    server.fault = lambda path: endless(server, b"x" * 65536, 0) if path == MODEL_FILE else None
    assert refusal(server, limited(how, file_bytes=10**6)).message == "a file has more than 1.0 MiB"
    assert "more than 2.0 MiB of content" in refusal(server, limited(how, total_bytes=2 * 2**20)).message


def test_a_compressed_bomb_counts_by_what_it_becomes(server: ModelServer, how: Settings) -> None:
    bomb = gzip.compress(b"\0" * 50 * 2**20)
    server.fault = lambda path: status(200, bomb, Content_Encoding="gzip") if path == MODEL_FILE else None
    assert "another size" in refusal(server, how).message


def test_an_answer_larger_than_any_listing_is_cut_off(server: ModelServer, how: Settings) -> None:
    server.fault = lambda path: endless(server, b" " * 65536, 0)
    assert "answers with more than" in refusal(server, how).message


# --- failures


def failing(times: int, path: str, fault: Any) -> Callable[[str], Any]:
    """A fault for the first requests of a path."""
    left = iter(range(times))
    return lambda asked: fault if asked == path and next(left, None) is not None else None


@pytest.mark.parametrize("code", [429, 500, 502, 503])
@pytest.mark.parametrize("path", ["/api/2.0/mlflow/runs/get", MODEL_FILE])
def test_a_server_that_fails_three_times_is_asked_again(
    server: ModelServer, how: Settings, code: int, path: str
) -> None:
    server.fault = failing(3, path, status(code))
    assert len(fetch(server, how).entries) == len(FILES)


@pytest.mark.parametrize("path", ["/api/2.0/mlflow/runs/get", "/api/2.0/mlflow/artifacts/list", MODEL_FILE])
def test_a_server_that_keeps_failing_is_left_with_a_failure_that_may_pass(
    server: ModelServer, how: Settings, path: str
) -> None:
    server.fault = failing(4, path, status(500, b'{"error_code": "INTERNAL_ERROR"}'))
    error = refusal(server, how)
    assert isinstance(error, TransientError)
    assert error.exit_code == 75
    assert error.message == "the tracking server failed (500: INTERNAL_ERROR)"


def test_a_file_comes_whole_after_connections_that_broke_in_the_middle(server: ModelServer, how: Settings) -> None:
    content = FILES["data/model.pkl"]
    server.fault = failing(3, MODEL_FILE, reset(b"?" * 150_000, len(content)))
    assert fetch(server, how).contents.read("data/model.pkl") == content


def test_a_connection_that_always_breaks_is_a_failure_that_may_pass(server: ModelServer, how: Settings) -> None:
    server.fault = failing(4, MODEL_FILE, reset(b"?", 100))
    error = refusal(server, how)
    assert isinstance(error, TransientError)
    assert error.where == f"data/model.pkl at {server.uri}"


@pytest.mark.parametrize("path", ["/api/2.0/mlflow/runs/get", MODEL_FILE])
def test_a_server_that_never_answers_is_not_waited_for(server: ModelServer, how: Settings, path: str) -> None:
    server.fault = lambda asked: silent(server) if asked == path else None
    started = time.monotonic()
    error = refusal(server, limited(how, fetch_seconds=1))
    assert isinstance(error, TransientError)
    assert error.message == "the tracking server does not answer in time"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("path", ["/api/2.0/mlflow/runs/get", MODEL_FILE])
def test_a_server_that_sends_a_byte_now_and_then_is_not_waited_for(
    server: ModelServer, how: Settings, path: str
) -> None:
    server.fault = lambda asked: endless(server, b" ", 0.1) if asked == path else None
    started = time.monotonic()
    assert "did not finish within 1 seconds" in refusal(server, limited(how, fetch_seconds=1)).message
    assert time.monotonic() - started < 5


def test_a_file_that_is_listed_and_missing_is_named(server: ModelServer, how: Settings) -> None:
    server.fault = lambda path: (
        status(404, b'{"error_code": "RESOURCE_DOES_NOT_EXIST"}') if path == MODEL_FILE else None
    )
    error = refusal(server, how)
    assert error.message == "the tracking server refuses the request (404: RESOURCE_DOES_NOT_EXIST)"
    assert error.where == f"data/model.pkl at {server.uri}"


def test_nobody_listens(how: Settings) -> None:
    with serve() as gone:
        pass
    error = refusal(gone, how)
    assert isinstance(error, TransientError)
    assert error.message.startswith("the tracking server cannot be reached: ")


# --- answers that are none


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b"7", b'{"run"', b"[" * 100_000, b"\xff\xfe", b'{"run": NaN}', b'{"a":' * 100_000],
)
def test_answers_that_are_no_json_object_come_from_no_tracking_server(
    server: ModelServer, how: Settings, body: bytes
) -> None:
    server.fault = lambda _path: status(200, body)
    assert isinstance(refusal(server, how), SourceError)


@pytest.mark.parametrize(
    "run",
    [
        {},
        {"run": None},
        {"run": {"info": []}},
        {"run": {"info": {"run_id": "another", "experiment_id": "1"}}},
        {"run": {"info": {"run_id": RUN}}},
        {"run": {"info": {"run_id": RUN, "experiment_id": "../../x#"}}},
        {"run": {"info": {"run_id": RUN, "experiment_id": "1"}, "outputs": {"model_outputs": 7}}},
        {"run": {"info": {"run_id": RUN, "experiment_id": "1"}, "outputs": {"model_outputs": [{}]}}},
        {"run": {"info": {"run_id": RUN, "experiment_id": "1"}, "outputs": {"model_outputs": [{"model_id": "../x"}]}}},
        {"run": {"info": {"run_id": RUN, "experiment_id": "1"}, "outputs": {"model_outputs": [{"model_id": "m-1"}]}}},
    ],
)
def test_runs_of_another_form_are_not_guessed_around(server: ModelServer, how: Settings, run: Item) -> None:
    server.run = lambda _honest: run
    assert isinstance(refusal(server, how), SourceError)
    assert all(".." not in path for path, _ in server.seen)


def logged_models(server: ModelServer, *models: tuple[str, str, int, str]) -> None:
    """Let the run have logged models: id, name, when, status."""
    server.run = lambda run: {
        "run": {**run["run"], "outputs": {"model_outputs": [{"model_id": each[0]} for each in models]}}
    }
    infos = {
        f"/api/2.0/mlflow/logged-models/{model_id}": {
            "info": {"name": name, "creation_timestamp_ms": when, "status": state}
        }
        for model_id, name, when, state in models
    }
    server.fault = lambda path: status(200, json.dumps({"model": infos[path]}).encode()) if path in infos else None


def test_the_newest_logged_model_of_a_name_is_asked_for_and_never_an_older_one(
    server: ModelServer, how: Settings
) -> None:
    ready = "LOGGED_MODEL_READY"
    logged_models(server, ("m-1", MODEL, 1, ready), ("m-3", MODEL, 3, ready), ("m-2", MODEL, 2, ready))
    refusal(server, how)
    assert server.seen[4][0] == "/api/2.0/mlflow/logged-models/m-3/artifacts/directories"
    logged_models(server, ("m-1", MODEL, 1, ready), ("m-2", MODEL, 2, "LOGGED_MODEL_PENDING"))
    assert refusal(server, how).message == f"the model {MODEL} is not completely logged"
    logged_models(server, ("m-1", "another", 1, ready))
    assert len(fetch(server, how).entries) == len(FILES)


def test_a_run_with_very_many_models_is_refused(server: ModelServer, how: Settings) -> None:
    logged_models(server, *((f"m-{number}", MODEL, number, "LOGGED_MODEL_READY") for number in range(101)))
    assert refusal(server, how).message == "the run has more than 100 models"
    assert len(server.seen) == 1


@pytest.mark.parametrize("files", [None, {}, "x", [None], ["x"], [[]]])
def test_listings_of_another_form_are_not_guessed_around(server: ModelServer, how: Settings, files: object) -> None:
    server.listed = lambda _folder, _items: files  # type: ignore[assignment, return-value]
    assert isinstance(refusal(server, how), SourceError)


@pytest.mark.parametrize("time_given", [-1, "never", 10**30, 1.5, None, [], True])
def test_a_time_that_is_none_counts_as_not_given(server: ModelServer, how: Settings, time_given: object) -> None:
    server.files = {**FILES, "MLmodel": b"flavors: {}\nutc_time_created: '2026-99-99 00:00:00'\n"}
    server.run = lambda run: {"run": {"info": {**run["run"]["info"], "end_time": time_given}}}
    assert fetch(server, how).committed_at == 0


def test_the_runs_end_counts_where_the_model_names_no_time(server: ModelServer, how: Settings) -> None:
    server.files = {**FILES, "MLmodel": b"flavors: {}\n"}
    assert fetch(server, how).committed_at == 1_700_000_000


def test_a_page_that_is_not_there_comes_from_no_tracking_server(server: ModelServer, how: Settings) -> None:
    with pytest.raises(SourceError, match="this is not an MLflow tracking server"):
        fetch_model(f"{server.uri}/somewhere/else", RUN, MODEL, how, print)


# --- logins


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("environment", "userinfo", "header"),
    [
        (LOGIN, "", basic("somebody", PASSWORD)),
        (LOGIN, "other:p%40ss@", basic("other", "p@ss")),
        ({"MLFLOW_TRACKING_TOKEN": PASSWORD}, "", f"Bearer {PASSWORD}"),
        ({**LOGIN, "MLFLOW_TRACKING_TOKEN": "t"}, "", basic("somebody", PASSWORD)),
        ({"MLFLOW_TRACKING_USERNAME": "somebody"}, "", None),
        ({}, "", None),
    ],
)
def test_logins_reach_the_server_and_nothing_else(
    server: ModelServer, tmp_path: Path, environment: dict[str, str], userinfo: str, header: str | None
) -> None:
    how, lines = settings(tmp_path, environment=environment), list[str]()
    uri = server.uri.replace("//", f"//{userinfo}")
    snapshot = fetch_model(uri, RUN, MODEL, how, lines.append)
    assert {authorization for _, authorization in server.seen} == {header}
    shown = f"{snapshot}{lines}"
    assert PASSWORD not in shown
    assert "p%40ss" not in shown


def test_control_a_naive_client_takes_a_login_along_to_wherever_it_is_sent(server: ModelServer) -> None:
    with serve() as other:
        server.fault = lambda path: status(302, Location=f"{other.uri}{path}?run_id={RUN}")
        request = urllib.request.Request(f"{server.uri}/api/2.0/mlflow/runs/get", headers={"Authorization": PASSWORD})
        urllib.request.urlopen(request).close()
        assert (request.selector, PASSWORD) in other.seen


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("path", ["/api/2.0/mlflow/runs/get", MODEL_FILE])
def test_no_redirect_is_followed(server: ModelServer, tmp_path: Path, code: int, path: str) -> None:
    with serve() as other:
        server.fault = lambda asked: status(code, Location=f"{other.uri}/x") if asked == path else None
        error = refusal(server, settings(tmp_path, environment=LOGIN))
        assert error.message == "the tracking server redirects to another address"
        assert other.seen == []


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_login_says_which_variables_count(server: ModelServer, how: Settings, code: int) -> None:
    server.fault = lambda _path: status(code, b"{}", WWW_Authenticate='Basic realm="mlflow"')
    error = refusal(server, how)
    assert error.message == f"the tracking server refuses access ({code})"
    assert "MLFLOW_TRACKING_USERNAME" in (error.hint or "")


@pytest.mark.parametrize(("uri", "environment"), [
    ("http://mlflow.example.org", LOGIN),
    ("http://mlflow.example.org", {"MLFLOW_TRACKING_TOKEN": "t"}),
    (f"http://u:{PASSWORD}@mlflow.example.org", {}),
    ("http://127.0.0.1.example.org:5000", LOGIN),
])  # fmt: skip
def test_logins_do_not_travel_unprotected(tmp_path: Path, uri: str, environment: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="unprotected") as caught:
        fetch_model(uri, RUN, MODEL, settings(tmp_path, environment=environment), print)
    assert PASSWORD not in str(vars(caught.value))


# --- what the user is made to type


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "file:///etc",
        "databricks",
        "sqlite:///mlflow.db",
        "/etc",
        "-o",
        "http://",
        "http:///x",
        "http://h:0",
        "http://h:99999",
        "http://h/../x",
        "http://h/a b",
        "http://h/?x=1",
        "http://h/#/experiments/1",
        "http://h\\@evil",
        "http://a@b@c",
        f"http://{PASSWORD}@h",
        f"http://u:{PASSWORD}@h@evil",
        f"http://u:{PASSWORD}@h:x/",
        "http://h\n",
        "http://h/\x1b",
        "http://ü.example.org",
        "ftp://h",
        "http://[::1",
    ],
)
def test_addresses_that_are_none_are_refused_without_showing_a_login(how: Settings, uri: str) -> None:
    with pytest.raises(UsageError) as caught:
        fetch_model(uri, RUN, MODEL, how, print)
    assert PASSWORD not in str(vars(caught.value))
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("run", "artifact"),
    [
        ("", MODEL),
        ("../x", MODEL),
        ("a&path=b", MODEL),
        ("x\n", MODEL),
        ("-x", MODEL),
        (RUN, ""),
        (RUN, "../x"),
        (RUN, "a/../b"),
        (RUN, "/etc"),
        (RUN, "a\\b"),
        (RUN, "a\x1b"),
        (RUN, "a//b"),
    ],
)
def test_runs_and_artifacts_that_are_none_are_never_asked_for(
    server: ModelServer, how: Settings, run: str, artifact: str
) -> None:
    with pytest.raises(UsageError):
        fetch_model(server.uri, run, artifact, how, print)
    assert server.seen == []


# --- folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / "saved" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "saved"


def test_control_a_folder_is_the_same_model_as_one_from_a_server(
    server: ModelServer, folder: Path, how: Settings
) -> None:
    local, lines = fetch_model_folder(folder, how, print), list[str]()
    assert (local.tree, local.committed_at) == (fetch(server, how).tree, 1767323045)
    assert (local.name, local.url, local.commit) == ("saved", None, None)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("[core]\n")
    assert fetch_model_folder(folder, how, lines.append).tree == local.tree
    assert lines == ["hidden files are left out of the model: '.git'"]


@pytest.mark.parametrize("target", ["/etc/passwd", "MLmodel", "missing", "data"])
def test_links_in_a_model_are_refused(folder: Path, how: Settings, target: str) -> None:
    (folder / "link").symlink_to(target)
    with pytest.raises(SourceError, match="the model holds a symbolic link") as caught:
        fetch_model_folder(folder, how, print)
    assert caught.value.where == "link"


def test_folders_that_hold_something_else_than_files_are_refused(folder: Path, how: Settings) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(SourceError, match="neither a file"):
        fetch_model_folder(folder, how, print)


@pytest.mark.parametrize("name", ["a\\b", "a\x1bb", "trailing.", "mlmodel", b"\xff"])
def test_names_in_a_folder_are_checked_as_those_of_a_server(folder: Path, how: Settings, name: str | bytes) -> None:
    (folder / os.fsdecode(name)).write_bytes(b"")
    with pytest.raises(SourceError, match="in the model"):
        fetch_model_folder(folder, how, print)


def test_folders_that_are_no_models_are_refused(folder: Path, how: Settings) -> None:
    for there, sentence in [
        (folder / "data", "it has no MLmodel file"),
        (folder / "MLmodel", "cannot be read"),
        (folder / "nothing", "cannot be read"),
    ]:
        with pytest.raises(SourceError, match=sentence):
            fetch_model_folder(there, how, print)
    with pytest.raises(SourceError, match="the model has more than 3 files"):
        fetch_model_folder(folder, limited(how, files=3), print)
