"""Hostile command lines of the builder: whatever a manager's user can put into one ends as a sentence."""

import secrets
import subprocess
from pathlib import Path

import pytest

from baking import COMMAND, REGISTRY, build_plan, settings, write_directory
from fedbake.bake.run import BakeOptions, bake
from fedbake.bake.view import LineView, json_line
from fedbake.errors import UsageError
from fedbake.flops.arguments import WrongArgumentsError, parse
from fedbake.flops.images import actor_repository, model_images, references
from fedbake.names import ImageReference, Platform, Role
from fedbake.plan.identity import identified
from fedbake.registry.client import Registries
from fedbake.source.location import parse_remote

RUN = "0123456789abcdef0123456789abcdef"
SECRET = secrets.token_hex(16)
QUIET = ("--deactivate-notifications", f"http://{REGISTRY}", "66f0c1", "127.0.0.1", "127.0.0.1")


def builder(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a builder that tells nobody; its log is its standard error."""
    environment = settings(FEDBAKE_STATE_DIR=str(folder), FEDBAKE_PATIENCE="0").environment
    return subprocess.run([COMMAND, "flops", *words], env=environment, capture_output=True, text=True, check=False)


CUSTOMERS = [
    "evil.com", "a:5000", "x" * 256, "--", "-x", "@sha256:" + "0" * 64, "..", "../up", "a/b", "a b", "", "a\nb", "a\0b",
    "Ω", "_a", "a_", "a--b", "$(id)", "${HOME}",
]  # fmt: skip


def test_control_a_customer_could_name_a_registry_of_his_own() -> None:
    assert ImageReference.parse(f"evil.com/trained_model:{RUN}").registry == "evil.com"


@pytest.mark.parametrize("customer", CUSTOMERS)
def test_a_customer_id_is_one_component_of_a_name(customer: str) -> None:
    with pytest.raises(WrongArgumentsError, match="CUSTOMER_ID: this is not a valid customer id"):
        parse([*QUIET, "trained_model", "--", customer, "http://127.0.0.1:9", RUN])


@pytest.mark.parametrize("customer", ["Admin", "localhost", "a-b_c1", "x" * 64])
def test_whatever_a_customer_is_called_the_registry_is_the_given_one(customer: str) -> None:
    given = parse([*QUIET, "trained_model", customer, "http://127.0.0.1:9", RUN])
    assert given.job.customer == customer  # type: ignore[union-attr]
    (image,) = references(model_images(customer, RUN), REGISTRY).values()
    assert ImageReference.parse(str(image)) == ImageReference(REGISTRY, f"{customer.lower()}/trained_model", RUN)


def test_customers_who_differ_in_capitals_alone_never_get_each_others_model(tmp_path: Path) -> None:
    name = f"evil-{secrets.token_hex(4)}"
    plan = build_plan(f"{name}/trained_model", platforms=(Platform.AMD64,), roles=(Role.INFERENCE,))
    image = f"{REGISTRY}/{name}/trained_model:{RUN}"
    renamed = plan.images[0].model_copy(update={"references": (image,)})
    folder = write_directory(tmp_path / "plan", identified(plan.model_copy(update={"images": (renamed,)})))
    with (tmp_path / "view").open("w") as stream:
        bake(folder, BakeOptions(verify=False), settings(), LineView(stream, json_line))
    before = _digest(image)
    assert before is not None

    asked = builder(tmp_path, *QUIET, "trained_model", name.capitalize(), "http://127.0.0.1:9", RUN)
    assert asked.returncode == 1
    assert "this image was made of something else, and its tag is never moved" in asked.stderr
    assert _digest(image) == before


@pytest.mark.parametrize("run_id", ["../x", "a?b", "a#b", "a%2fb", "x" * 10_000, "a\nb", RUN.upper(), "", RUN + "\n"])
def test_a_run_id_is_32_hexadecimal_digits(run_id: str) -> None:
    with pytest.raises(WrongArgumentsError, match="RUN_ID: this is not a valid run id"):
        parse([*QUIET, "trained_model", "--", "Admin", "http://127.0.0.1:9", run_id])


@pytest.mark.parametrize("project", ["+", "#", "a/b", "$SYS", "a\0", "a\nb", "", "x" * 65, "é"])
def test_a_project_id_has_nothing_that_means_something_in_a_topic(project: str) -> None:
    with pytest.raises(WrongArgumentsError, match="PROJECT_ID: this is not a valid project id") as caught:
        parse(["--", "http://r:1", project, "127.0.0.1", "127.0.0.1", "fl_actors", "https://h/a/b", "sklearn"])
    assert caught.value.common is None


@pytest.mark.parametrize("host", ["a b", "-x", "$(id)", "a\nb", "http://h", "u@h", "", "x" * 254])
def test_an_address_is_a_name_or_number(host: str) -> None:
    with pytest.raises(WrongArgumentsError, match="MQTT_IP: this is not a valid address"):
        parse(["--", "http://r:1", "66f0c1", host, "127.0.0.1", "fl_actors", "https://h/a/b", "sklearn"])


@pytest.mark.parametrize(
    "url",
    [
        "/etc",
        ".",
        "file:///etc",
        "git://h/a",
        "http://h/a/b",
        "ext::sh -c id",
        "--upload-pack=touch x",
        "https://h/../x",
    ],
)
def test_a_builder_reads_no_files_of_its_machine_and_no_other_protocols(tmp_path: Path, url: str) -> None:
    (tmp_path / "model_manager.py").touch()
    asked = builder(tmp_path, *QUIET, "fl_actors", "--", url, "sklearn")
    assert asked.returncode == 1
    assert "Git hosts only" in asked.stderr or "not a source that is allowed" in asked.stderr


@pytest.mark.parametrize(
    "path", ["/..%2f..%2fadmin/x", "/a:5000/b", "/a/b@sha256:0", "/A/B;rm", "/%0a/x", "/" + "a" * 300]
)
def test_a_url_cannot_leave_its_place_below_the_registry(path: str) -> None:
    try:
        remote = parse_remote(f"https://git.example.org{path}")
        assert remote is not None
        images = references({Role.LEARNER: f"{actor_repository(remote)}/learner:{'c' * 40}"}, REGISTRY)
    except UsageError:
        return
    assert ImageReference.parse(str(images[Role.LEARNER])) == images[Role.LEARNER]
    assert images[Role.LEARNER].registry == REGISTRY
    assert ".." not in str(images[Role.LEARNER])


@pytest.mark.parametrize(
    "words",
    [
        (*QUIET, "fl_actors", f"https://me:{SECRET}@localhost:9/a/b", "sklearn"),
        (*QUIET, "fl_actors", f"https://me:{SECRET}@localhost:9/../b", "sklearn"),
        (*QUIET, "trained_model", "Admin", f"http://me:{SECRET}@127.0.0.1:9", RUN),
        (*QUIET, "trained_model", "Admin", f"ftp://me:{SECRET}@127.0.0.1:9", RUN),
        (QUIET[0], f"http://me:{SECRET}@r:1", *QUIET[2:], "fl_actors", "https://localhost:9/a/b", "sklearn"),
    ],
)
def test_a_password_in_an_address_is_in_no_line_of_the_log(tmp_path: Path, words: tuple[str, ...]) -> None:
    asked = builder(tmp_path, *words)
    assert asked.returncode == 1
    assert asked.stderr
    assert SECRET not in asked.stdout + asked.stderr


def test_what_argparse_repeats_cannot_move_a_terminals_cursor(tmp_path: Path) -> None:
    hostile = "\x1b]52;c;aGk=\x07\x1b[2J\r\u202eevil"
    asked = builder(tmp_path, *QUIET, "fl_actors", "https://localhost/a/b", "sklearn", hostile)
    assert asked.returncode == 2
    assert "unrecognized arguments" in asked.stderr
    assert not set("\x1b\x07\r\u202e") & set(asked.stderr)


def _digest(image: str) -> str | None:
    reference = ImageReference.parse(image)
    with Registries(settings()) as registries:
        found = registries.of(reference).manifest(reference)
    return found.digest if found else None
