"""Builders given by name, and BuildKits given by address."""

import os

import pytest

from fedbake.errors import UsageError
from fedbake.settings import Settings
from fedbake.worker.remote_builder import known_builder


def settings(**environment: str) -> Settings:
    return Settings.from_environment({"PATH": os.environ["PATH"], **environment})


def test_a_name_is_taken_as_it_is() -> None:
    assert known_builder(settings(), "farm") == "farm"
    assert known_builder(settings(), None) is None


def test_an_address_gets_one_name_whoever_asks_and_another_with_certificates(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    private = str(tmp_path_factory.mktemp("docker"))
    certificates = tmp_path_factory.mktemp("certificates")
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (certificates / name).touch()
    first = known_builder(settings(DOCKER_CONFIG=private), "tcp://buildkit.example:1234")
    again = known_builder(settings(DOCKER_CONFIG=private), "tcp://buildkit.example:1234")
    secured = known_builder(
        settings(DOCKER_CONFIG=private, DOCKER_CERT_PATH=str(certificates)), "tcp://buildkit.example:1234"
    )
    assert first == again != secured


@pytest.mark.parametrize(
    "text", ["http://host", "tcp://", "tcp://-x", "tcp://a b", "tcp://a,b=c", "ssh://host", "tcp://a\n"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not the address of a BuildKit"):
        known_builder(settings(), text)
