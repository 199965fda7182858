"""Speaking to registries: logins from Docker's configuration, trust, bounds, failures that pass."""

import base64
import json
import ssl
import subprocess
from pathlib import Path

import pytest
from registry_server import BASIC, DIGEST, INDEX, INDEX_TYPE, PASSWORD, TOKEN, USER, Login, registry

from baking import settings
from fedbake.errors import PushError, TransientError, UsageError
from fedbake.names import ImageReference
from fedbake.registry.authorization import Authorizer
from fedbake.registry.client import Manifest, Registries
from fedbake.registry.credentials import credentials_for
from fedbake.registry.transport import http_client, is_loopback
from fedbake.settings import Settings


def logged_in(folder: Path, host: str) -> Settings:
    """Settings of a user who did ``docker login``."""
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": pair}}}))
    return settings(DOCKER_CONFIG=str(folder))


def read(host: str, given: Settings, digest: str | None = None) -> Manifest | None:
    image = ImageReference(host, "owner/name", None if digest else "one", digest)
    with Registries(given) as registries:
        return registries.of(image).manifest(image)


def test_a_public_registry_needs_no_login(tmp_path: Path) -> None:
    with registry(Login()) as host:
        assert read(host, settings(DOCKER_CONFIG=str(tmp_path))) == Manifest(DIGEST, INDEX_TYPE, INDEX)


@pytest.mark.parametrize(("kind", "header"), [("basic", BASIC), ("bearer", f"Bearer {TOKEN}")])
def test_a_login_is_used_once_it_is_asked_for_and_then_kept(tmp_path: Path, kind: str, header: str) -> None:
    login = Login(kind)
    with registry(login) as host, Registries(logged_in(tmp_path, host)) as registries:
        image = ImageReference(host, "owner/name", "one")
        for _ in range(3):
            assert registries.of(image).manifest(image) is not None
    assert login.headers == ["", header, header, header]
    assert login.scopes == (["repository:owner/name:pull"] if kind == "bearer" else [])


def test_a_tag_is_put_with_a_token_that_may_push(tmp_path: Path) -> None:
    login = Login("bearer")
    with registry(login) as host, Registries(logged_in(tmp_path, host)) as registries:
        image = ImageReference(host, "owner/name", "two")
        registries.of(image).put_tag(image, Manifest(DIGEST, INDEX_TYPE, INDEX))
    assert login.puts == {"/v2/owner/name/manifests/two": INDEX}
    assert login.scopes == ["repository:owner/name:pull,push"]


@pytest.mark.parametrize("kind", ["basic", "bearer"])
def test_without_a_login_the_refusal_says_what_to_do(tmp_path: Path, kind: str) -> None:
    with registry(Login(kind)) as host, pytest.raises(PushError) as caught:
        read(host, settings(DOCKER_CONFIG=str(tmp_path)))
    assert f"docker login {host}" in (caught.value.hint or "")


def test_a_failure_that_passes_is_waited_for(tmp_path: Path) -> None:
    with registry(Login(statuses=[503, 429])) as host:
        assert read(host, settings(DOCKER_CONFIG=str(tmp_path))) is not None


def test_a_failure_that_stays_is_transient(tmp_path: Path) -> None:
    with registry(Login(statuses=[500] * 9)) as host, pytest.raises(TransientError) as caught:
        read(host, settings(DOCKER_CONFIG=str(tmp_path)))
    assert caught.value.exit_code == 75


def test_other_bytes_than_the_digest_says_are_refused(tmp_path: Path) -> None:
    with registry(Login(body=b"{}")) as host, pytest.raises(PushError, match="other content"):
        read(host, settings(DOCKER_CONFIG=str(tmp_path)), DIGEST)


def test_an_endless_answer_is_cut_short(tmp_path: Path) -> None:
    with registry(Login(body=b"x" * (5 * 2**20))) as host, pytest.raises(PushError, match="more data"):
        read(host, settings(DOCKER_CONFIG=str(tmp_path)))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    path = tmp_path / "cert.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", str(path), "-out", str(tmp_path / "only")], capture_output=True, check=True)
    path.write_text(path.read_text() + (tmp_path / "only").read_text())
    return path


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_registry_on_loopback_may_speak_tls_and_its_authority_has_to_be_given(
    tmp_path: Path, certificate: Path
) -> None:
    with registry(Login(), _tls(certificate)) as host:
        with pytest.raises(PushError, match="certificate is not trusted"):
            read(host, settings(DOCKER_CONFIG=str(tmp_path)))
        trusting = settings(DOCKER_CONFIG=str(tmp_path), FEDBAKE_CA_BUNDLE=str(certificate))
        assert read(host, trusting) is not None


def test_a_certificate_that_names_another_host_is_not_a_matter_of_authorities(
    tmp_path: Path, certificate: Path
) -> None:
    trusting = settings(DOCKER_CONFIG=str(tmp_path), FEDBAKE_CA_BUNDLE=str(certificate))
    with registry(Login(), _tls(certificate)) as host:
        other = host.replace("localhost", "127.0.0.1")
        with pytest.raises(PushError, match="not trusted: IP address mismatch") as refused:
            read(other, trusting)
    assert refused.value.hint == f"the registry needs a certificate that is in force and names {other}"


@pytest.mark.parametrize("url", ["http://registry.example/v2/", "http://192.0.2.1:5000/v2/x"])
def test_credentials_never_travel_in_the_clear(tmp_path: Path, url: str) -> None:
    given = logged_in(tmp_path, "registry.example")
    with http_client(given) as client, pytest.raises(PushError, match="unprotected"):
        Authorizer("registry.example", given, client).answer(['Basic realm="x"'], "scope", url)


def test_a_token_service_that_is_unprotected_gets_no_credentials(tmp_path: Path) -> None:
    given = logged_in(tmp_path, "registry.example")
    challenge = ['Bearer realm="http://auth.example/token",service="x"']
    with http_client(given) as client, pytest.raises(PushError, match="unprotected"):
        Authorizer("registry.example", given, client).answer(challenge, "scope", "https://registry.example/v2/")


def test_a_credential_helper_is_asked(tmp_path: Path) -> None:
    helper = tmp_path / "docker-credential-test"
    helper.write_text('#!/bin/sh\nread host\necho "{\\"Username\\": \\"$host\\", \\"Secret\\": \\"s\\"}"\n')
    helper.chmod(0o755)
    (tmp_path / "config.json").write_text(json.dumps({"credHelpers": {"registry.example": "test"}}))
    given = settings(DOCKER_CONFIG=str(tmp_path), PATH=f"{tmp_path}:/usr/bin:/bin")
    found = credentials_for("registry.example", given)
    assert found is not None
    assert (found.username, found.password) == ("registry.example", "s")
    assert "s'" not in repr(found)
    assert credentials_for("other.example", given) is None


@pytest.mark.parametrize("helper", ["../../evil", "a b", "x;y", "-x"])
def test_a_helper_that_is_no_program_name_is_not_started(tmp_path: Path, helper: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"credHelpers": {"registry.example": helper}}))
    with pytest.raises(UsageError):
        credentials_for("registry.example", settings(DOCKER_CONFIG=str(tmp_path)))


@pytest.mark.parametrize("text", ["{", "\xff", '{"auths": {"registry.example": {"auth": "bm8gY29sb24="}}}'])
def test_a_broken_configuration_is_an_error_and_is_not_quoted(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text, encoding="latin-1")
    with pytest.raises(UsageError) as caught:
        credentials_for("registry.example", settings(DOCKER_CONFIG=str(tmp_path)))
    assert "bm8g" not in caught.value.message


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost:5000", True),
        ("127.0.0.1:5000", True),
        ("127.9.9.9", True),
        ("[::1]:5000", True),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
        ("0.0.0.0:5000", False),
        ("192.168.0.1:5000", False),
    ],
)
def test_loopback_is_this_machine_only(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
