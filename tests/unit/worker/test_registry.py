"""The registry on loopback: which addresses it may have, and its configuration."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from fedbake.errors import UsageError, WorkerError
from fedbake.settings import Settings
from fedbake.worker.registry import RegistryAddress, registry_answers, registry_config, registry_daemon


@pytest.mark.parametrize("text", ["localhost:5000", "127.0.0.1:5000", "registry.example", "[::1]:5000"])
def test_an_address_reads_back_as_written(text: str) -> None:
    assert str(RegistryAddress.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "a b", "host:", "host:0", "host:70000", "host:x", "http://host", "host/path", "host\n", "-:\x00", "ü:5"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        RegistryAddress.parse(text)


def test_the_configuration_listens_on_loopback_only_and_survives_odd_folders() -> None:
    odd = Path('/srv/a "b": {c}\\d')
    configuration = YAML(typ="safe", pure=True).load(registry_config(odd, 5077))
    assert configuration["http"]["addr"] == "127.0.0.1:5077"
    assert configuration["storage"]["filesystem"]["rootdirectory"] == str(odd)


def test_a_registry_elsewhere_is_never_started_here(tmp_path: Path) -> None:
    settings = Settings.from_environment({"FEDBAKE_STATE_DIR": str(tmp_path)})
    with pytest.raises(WorkerError, match="on this machine only"):
        registry_daemon(settings, RegistryAddress.parse("registry.example:5000"))


def test_nobody_there_is_not_an_answer(tmp_path: Path) -> None:
    settings = Settings.from_environment({"FEDBAKE_STATE_DIR": str(tmp_path)})
    assert not registry_answers(settings, RegistryAddress.parse("localhost:1"))
