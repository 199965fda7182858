"""What programs are told of the user's environment, and what not."""

from pathlib import Path

from fedbake.settings import Settings
from fedbake.worker.environment import docker_environment, search_path, system_environment

ENVIRON = {
    "PATH": "/opt/tools:::.:relative:/usr/bin",
    "HOME": "/home/somebody",
    "DOCKER_CONFIG": "/home/somebody/private",
    "HTTPS_PROXY": "http://proxy.example:3128",
    "SOURCE_DATE_EPOCH": "1",
    "AWS_SECRET_ACCESS_KEY": "canary",
    "BUILDX_BAKE_ENTITLEMENTS_FS": "0",
    "SSL_CERT_FILE": "/site/ca.pem",
}


def test_docker_gets_a_fixed_list_of_names_and_nothing_else() -> None:
    environment = docker_environment(Settings.from_environment(ENVIRON))
    assert set(environment) == {"PATH", "HOME", "DOCKER_CONFIG", "HTTPS_PROXY", "SSL_CERT_FILE"}
    assert "canary" not in environment.values()


def test_the_current_directory_is_never_searched_for_programs() -> None:
    folders = search_path(Settings.from_environment(ENVIRON)).split(":")
    assert folders[:2] == ["/opt/tools", "/usr/bin"]
    assert all(Path(folder).is_absolute() for folder in folders)
    assert "/usr/sbin" in folders


def test_system_tools_speak_english_and_ask_nothing() -> None:
    environment = system_environment(Settings.from_environment(ENVIRON))
    assert (environment["LC_ALL"], environment["DEBIAN_FRONTEND"]) == ("C.UTF-8", "noninteractive")
    assert "AWS_SECRET_ACCESS_KEY" not in environment
