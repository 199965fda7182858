"""What the doctor makes of a registry, an index, a broker and a folder: real servers on loopback, nothing changed."""

import base64
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fedbake.names import Platform
from fedbake.publish.notice import Address, Channel, to_observer
from fedbake.publish.outbox import Outbox
from fedbake.settings import Settings
from fedbake.worker.check import Check, Status
from fedbake.worker.docker_facts import EngineFacts, parse_builder, parse_docker_info
from fedbake.worker.doctor import Job, diagnose
from fedbake.worker.host_checks import check_state
from fedbake.worker.network_checks import check_index, check_listener, check_notices
from fedbake.worker.readiness import check_builder
from fedbake.worker.reasons import reason
from fedbake.worker.registry import RegistryAddress
from fedbake.worker.registry_checks import RegistryFacts, registry_checks, registry_facts
from ports import free_port

LOGIN = "Basic " + base64.b64encode(b"user:password").decode()
ENGINE = EngineFacts("26.1.5", None, "v0.13.1", True, "/var/lib/docker", ("10.0.0.0/8", "named.example:5000"))
FAR = RegistryAddress.parse("192.0.2.1:5073")


def settings(folder: Path, **environment: str) -> Settings:
    given = {"PATH": os.environ["PATH"], "FEDBAKE_STATE_DIR": str(folder), "DOCKER_CONFIG": str(folder)}
    return Settings.from_environment(given | environment)


@contextmanager
def serving(status: int, *, login: str | None = None) -> Iterator[str]:
    """An HTTP server that answers everything with one status, or with 401 to whoever does not log in."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = login is None or self.headers.get("Authorization") == login
            self.send_response(status if known else 401)
            self.send_header("WWW-Authenticate", 'Basic realm="here"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def keep_login(folder: Path, host: str) -> None:
    entry = {"auth": LOGIN.removeprefix("Basic ")}
    (folder / "config.json").write_text(json.dumps({"auths": {host: entry}}))


def judged(settings: Settings, host: str) -> dict[str, Check]:
    address = RegistryAddress.parse(host)
    return {check.name: check for check in registry_checks(address, registry_facts(settings, address), ENGINE)}


def test_a_registry_that_wants_no_login(tmp_path: Path) -> None:
    with serving(200) as host:
        checks = judged(settings(tmp_path), host)
    assert {name: check.status for name, check in checks.items()} == {"registry": Status.OK, "login": Status.OK}


def test_a_registry_that_wants_a_login(tmp_path: Path) -> None:
    with serving(200, login=LOGIN) as host:
        without = judged(settings(tmp_path), host)["login"]
        keep_login(tmp_path, host)
        login = judged(settings(tmp_path), host)["login"]
    assert (without.status, login.status) == (Status.MISSING, Status.OK)
    assert "none is kept" in without.message
    assert f"docker login {host}" in (without.hint or "")


def test_no_registry_is_one_complaint(tmp_path: Path) -> None:
    checks = judged(settings(tmp_path), f"localhost:{free_port()}")
    assert [(check.name, check.status) for check in checks.values()] == [("registry", Status.MISSING)]


def test_plain_http_far_away_is_told_with_the_line_the_engine_needs() -> None:
    plain = registry_checks(FAR, RegistryFacts(plain=True, status=200), ENGINE)[2]
    assert plain.status is Status.WARNING
    assert '{"insecure-registries": ["192.0.2.1:5073"]}' in (plain.hint or "")
    for told in ("10.1.2.3:5073", "named.example:5000"):
        check = registry_checks(RegistryAddress.parse(told), RegistryFacts(plain=True, status=200), ENGINE)[2]
        assert check.status is Status.OK
    assert len(registry_checks(FAR, RegistryFacts(plain=False, status=200), ENGINE)) == 2


def test_a_login_kept_for_plain_http_is_refused_as_a_bake_would() -> None:
    login = registry_checks(FAR, RegistryFacts(plain=True, status=200, login=True), ENGINE)[1]
    assert (login.status, login.hint) == (Status.MISSING, "let it serve TLS, or docker logout 192.0.2.1:5073")


def test_the_engine_names_the_registries_it_reads_without_tls() -> None:
    info = {
        "RegistryConfig": {
            "IndexConfigs": {"docker.io": {"Secure": True}, "a.example:5000": {"Secure": False}},
            "InsecureRegistryCIDRs": ["127.0.0.0/8"],
        }
    }
    assert parse_docker_info(json.dumps(info)).plain_http == ("a.example:5000", "127.0.0.0/8")
    assert parse_docker_info('{"RegistryConfig": null}').plain_http == ()


def test_a_buildkit_that_does_not_answer_is_the_builders_fault_and_not_its_platforms() -> None:
    resting = parse_builder("Driver: remote\nNodes:\nName: a\nEndpoint: tcp://127.0.0.1:1\nStatus: inactive\n")
    check = check_builder(ENGINE, resting, tuple(Platform))
    assert (check.status, check.message) == (Status.MISSING, "the builder does not answer: it is inactive")


@pytest.mark.parametrize(("status", "expected"), [(200, "ok"), (403, "missing"), (404, "missing"), (502, "missing")])
def test_the_package_index(tmp_path: Path, status: int, expected: str) -> None:
    with serving(status) as host:
        check = check_index(settings(tmp_path, FEDBAKE_INDEX_URL=f"http://user:secret@{host}/simple"))
    assert check.status == expected
    assert "secret" not in check.message
    assert host in check.message


def test_a_broker_that_is_not_there_is_only_a_warning() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert check_listener("mqtt", "the broker", "127.0.0.1", server.getsockname()[1]).status is Status.OK
    gone = check_listener("mqtt", "the broker", "127.0.0.1", free_port())
    assert gone.status is Status.WARNING
    assert "Connection refused" in gone.message
    assert check_listener("mqtt", "the broker", "no such host", 1).status is Status.WARNING


def test_undelivered_notifications_are_counted(tmp_path: Path) -> None:
    here = settings(tmp_path)
    assert check_notices(here).facts == {"undelivered": 0}
    assert not (tmp_path / "outbox.sqlite").exists()
    outbox = Outbox.at(tmp_path / "outbox.sqlite")
    outbox.put(*to_observer(Address(Channel.OBSERVER, "127.0.0.1", 2727), "project", "a word"))
    outbox.close()
    check = check_notices(here)
    assert (check.status, check.facts) == (Status.WARNING, {"undelivered": 1})


def test_a_state_folder_nobody_can_write(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert check_state(settings(tmp_path / "new")).status is Status.OK
    assert not (tmp_path / "new").exists()
    assert check_state(settings(file / "below")).status is Status.MISSING


def test_every_check_says_why_it_is_needed(tmp_path: Path) -> None:
    nowhere = settings(
        tmp_path, DOCKER_HOST="unix:///nowhere/docker.sock", FEDBAKE_INDEX_URL="http://127.0.0.1:1/simple"
    )
    listening = ("127.0.0.1", free_port())
    checks = diagnose(nowhere, Job("127.0.0.1:1", mqtt=listening, observer=listening))
    assert {"engine", "registry", "index", "state", "notices", "mqtt", "observer"} <= {check.name for check in checks}
    assert all(reason(check).endswith(".") for check in checks)
