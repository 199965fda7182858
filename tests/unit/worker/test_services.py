"""Services started by hand: real processes that start, answer, are remembered and are stopped."""

import os
import shutil
import time
from pathlib import Path

import pytest

from fedbake.errors import WorkerError
from fedbake.settings import Settings
from fedbake.worker.daemon import Daemon
from fedbake.worker.services import Record, recorded_services, stop_services
from fedbake.worker.systemd import systemd_runs, unit_text

SLEEP = str(Path(shutil.which("sleep") or "sleep").resolve())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"FEDBAKE_STATE_DIR": str(tmp_path / "state"), "HOME": str(tmp_path)})


def sleeper(folder: Path, seconds: str = "300") -> Daemon:
    return Daemon("the sleeper", (SLEEP, seconds), folder / "s.pid", folder / "s.log", stop_seconds=5)


def test_a_service_starts_once_and_stops(settings: Settings, tmp_path: Path) -> None:
    daemon = sleeper(tmp_path)
    daemon.start(settings, is_ready=lambda: True, patience=5)
    first = daemon.pid_file.read_text()
    daemon.start(settings, is_ready=lambda: True, patience=5)
    assert daemon.pid_file.read_text() == first
    assert daemon.stop(settings)
    assert not daemon.is_running(settings)
    assert not daemon.pid_file.exists()
    assert not daemon.stop(settings)


def test_a_service_that_ends_at_once_says_its_last_words(settings: Settings, tmp_path: Path) -> None:
    daemon = sleeper(tmp_path, "nonsense")
    with pytest.raises(WorkerError, match="ended right after") as caught:
        daemon.start(settings, is_ready=lambda: False, patience=10)
    assert "sleep" in (caught.value.hint or "")


def test_a_service_that_never_gets_ready_is_stopped(settings: Settings, tmp_path: Path) -> None:
    daemon = sleeper(tmp_path)
    with pytest.raises(WorkerError, match="not ready after 1 seconds"):
        daemon.start(settings, is_ready=lambda: False, patience=1)
    assert not daemon.is_running(settings)


def test_a_reused_process_number_is_not_taken_for_the_service(settings: Settings, tmp_path: Path) -> None:
    daemon = sleeper(tmp_path)
    daemon.pid_file.write_text(str(os.getpid()))
    assert not daemon.is_running(settings)
    assert not daemon.stop(settings)


def test_only_what_has_a_record_is_stopped(settings: Settings, tmp_path: Path) -> None:
    ours, other = sleeper(tmp_path / "ours"), sleeper(tmp_path / "other")
    for daemon in (ours, other):
        daemon.start(settings, is_ready=lambda: True, patience=5)
    Record(ours.name, settings.state_dir / "services" / "sleeper.record", daemon=ours).write()
    assert [record.daemon for record in recorded_services(settings)] == [ours]
    try:
        assert stop_services(settings, print) == ("the sleeper",)
        assert not ours.is_running(settings)
        assert other.is_running(settings)
        assert stop_services(settings, print) == ()
    finally:
        other.stop(settings)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "x"}', '{"name": "x", "units": [], "argv": ["a"]}'])
def test_a_damaged_record_is_named(settings: Settings, text: str) -> None:
    folder = settings.state_dir / "services"
    folder.mkdir(parents=True)
    (folder / "broken.record").write_text(text)
    with pytest.raises(WorkerError, match="damaged") as caught:
        list(recorded_services(settings))
    assert (caught.value.where or "").endswith("broken.record")


def test_a_unit_quotes_what_systemd_would_expand() -> None:
    daemon = Daemon("x", ("/bin/a", 'b "c" $d %e\\'), Path("/p"), Path("/l"))
    assert r'ExecStart="/bin/a" "b \"c\" $$d %%e\\"' in unit_text(daemon)


def test_systemd_runs_where_its_folder_is(tmp_path: Path) -> None:
    assert systemd_runs(tmp_path)
    assert not systemd_runs(tmp_path / "absent")


def test_waiting_takes_no_longer_than_needed(settings: Settings, tmp_path: Path) -> None:
    began = time.monotonic()
    daemon = sleeper(tmp_path)
    daemon.start(settings, is_ready=lambda: True, patience=60)
    daemon.stop(settings)
    assert time.monotonic() - began < 20
