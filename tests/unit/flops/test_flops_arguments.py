"""The builder's command line: what FLOps' manager writes is understood, and what it would never write is refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from baking import COMMAND
from fedbake.flops.arguments import Actors, Common, TrainedModel, WrongArgumentsError, parse
from fedbake.names import Flavor
from fedbake.publish.notice import Subject

RUN = "0123456789abcdef0123456789abcdef"
COMMON = "http://192.0.2.7:5073 66f0c1 192.0.2.8 192.0.2.9"
ACTORS = "fl_actors https://github.com/Owner/Repo pytorch"
MODEL = f"trained_model Admin http://192.0.2.8:7027 {RUN}"
MAIN = Path(__file__).parents[3] / "templates" / "builder" / "main.py"


def test_the_managers_command_for_actors() -> None:
    given = parse(f"{COMMON} --supported_platforms=linux/amd64,linux/arm64 {ACTORS}".split())
    assert given.common == Common("http://192.0.2.7:5073", "66f0c1", "192.0.2.8", "192.0.2.9", notifies=True)
    assert given.platforms == "linux/amd64,linux/arm64"
    assert given.job == Actors("https://github.com/Owner/Repo", Flavor.PYTORCH, devel_base_images=False)
    assert given.subject is Subject.FL_ACTORS


def test_the_managers_command_for_a_trained_model() -> None:
    given = parse(f"{COMMON} --supported_platforms=linux/amd64 {MODEL}".split())
    assert given.job == TrainedModel("Admin", "http://192.0.2.8:7027", RUN)
    assert given.subject is Subject.TRAINED_MODEL


def test_all_options_and_what_holds_without_them() -> None:
    bare = parse(f"{COMMON} {ACTORS}".split())
    assert bare.platforms == "linux/amd64"
    full = parse(f"{COMMON} --deactivate-notifications {ACTORS} --use-devel-base-images".split())
    assert not full.common.notifies
    assert isinstance(full.job, Actors)
    assert full.job.devel_base_images


@pytest.mark.parametrize(
    "line",
    [
        f"--supported_platforms linux/arm64 {COMMON} {ACTORS}",
        f"{COMMON} --supported_platforms linux/arm64 {ACTORS}",
        f"http://192.0.2.7:5073 --supported_platforms=linux/arm64 66f0c1 192.0.2.8 192.0.2.9 {ACTORS}",
    ],
)
def test_common_options_stand_anywhere_before_the_sub_command(line: str) -> None:
    assert parse(line.split()).platforms == "linux/arm64"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"{COMMON} fl_actors https://github.com/Owner/Repo cobol", "FLAVOUR: this is none of sklearn, pytorch"),
        (f"{COMMON} fl_actors https://github.com/Owner/Repo", "required: FLAVOUR"),
        (f"{COMMON} {ACTORS} more", "unrecognized arguments: more"),
        (f"{COMMON} {ACTORS} --supported_platforms=linux/amd64", "unrecognized arguments: --supported_platforms"),
        (f"{COMMON} trained_model Admin http://192.0.2.8:7027 latest", "RUN_ID: this is not a valid run id"),
    ],
)
def test_a_wrong_command_line_still_says_who_has_to_hear_of_it(line: str, said: str) -> None:
    with pytest.raises(WrongArgumentsError, match=said) as caught:
        parse(line.split())
    assert caught.value.subject is (Subject.TRAINED_MODEL if "trained_model" in line else Subject.FL_ACTORS)
    assert caught.value.common is not None
    assert caught.value.common.mqtt_host == "192.0.2.8"


@pytest.mark.parametrize("line", ["", "http://192.0.2.7:5073 66f0c1", f"{COMMON}", f"{COMMON} something_else"])
def test_without_a_sub_command_there_is_no_topic_to_say_it_on(line: str) -> None:
    with pytest.raises(WrongArgumentsError) as caught:
        parse(line.split())
    assert caught.value.subject is None


@pytest.mark.parametrize("program", [(COMMAND, "flops"), (sys.executable, str(MAIN))], ids=["fedbake", "main.py"])
def test_the_exit_code_of_wrong_usage_is_2_and_of_help_0(program: tuple[str, ...]) -> None:
    wrong = subprocess.run([*program, "--deactivate-notifications"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("error: the following arguments are required: REGISTRY_URL, PROJECT_ID, MQTT_IP")
    helped = subprocess.run([*program, "--help"], capture_output=True, text=True, check=False)
    assert helped.returncode == 0
    assert "fl_actors" in helped.stdout
