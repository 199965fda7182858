"""The dependency tree of images on the real engine: read, never run."""

import json
import os
import secrets
import subprocess
import time
from pathlib import Path

import pytest

from baking import BASE, COMMAND, REGISTRY
from fedbake.names import ImageReference, Platform, PythonMinor
from fedbake.settings import Settings
from fedbake.tree.image import image_contents

SITE = "/opt/venv/lib/python3.11/site-packages"
PACKAGES = f"""\
RUN --network=none mkdir -p {SITE} && cd {SITE} \\
 && add() {{ mkdir "$1-$2.dist-info" && cd "$1-$2.dist-info" \\
      && printf "Metadata-Version: 2.1\\nName: $1\\nVersion: $2\\n$3" > METADATA && cd ..; }} \\
 && add torch 2.1.1 "Requires-Dist: numpy<1.20\\nRequires-Dist: nvidia; platform_machine == 'x86_64'\\n" \\
 && add numpy 1.26.4 "" \\
 && add only-on-$(echo $TARGETARCH) 1 "" \\
 && if [ $TARGETARCH = amd64 ]; then add nvidia 12 ""; fi
"""
HOSTILE = f"""\
RUN --network=none cd {SITE} \\
 && mkdir link-1.dist-info big-1.dist-info evil-1.dist-info && ln -s /etc/passwd link-1.dist-info/METADATA \\
 && (printf 'Name: big\\nVersion: 1\\n'; head -c 10000000 /dev/zero | tr '\\0' 'x') > big-1.dist-info/METADATA \\
 && printf 'Name: ../../evil\\033[31m\\nVersion: 1\\n' > evil-1.dist-info/METADATA
"""


def built(folder: Path, packages: str) -> ImageReference:
    """An image of both platforms with some packages, built and pushed."""
    image = ImageReference(REGISTRY, f"test/tree-{secrets.token_hex(4)}", "one")
    (folder / "Dockerfile").write_text(
        f"FROM --platform=$BUILDPLATFORM {BASE} AS deps\nARG TARGETARCH\n{packages}\n"
        f"FROM {BASE}\nCOPY --link --from=deps /opt/venv /opt/venv\n"
        'ENTRYPOINT ["python3", "-c", "print()"]\n'
    )
    platforms = ",".join(platform.value for platform in Platform)
    argv = ["docker", "buildx", "build", f"--platform={platforms}", f"--tag={image}", "--push", "--quiet", str(folder)]
    subprocess.run(argv, check=True, capture_output=True)
    return image


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> ImageReference:
    return built(tmp_path_factory.mktemp("tree"), PACKAGES)


def starts_of(image: ImageReference, since: float) -> int:
    """How many containers of an image were started since a moment."""
    window = [f"--since={since:.3f}", f"--until={time.time():.3f}"]
    argv = ["docker", "events", *window, "--filter=event=start", f"--filter=image={image}"]
    return len(subprocess.run(argv, check=True, capture_output=True, text=True).stdout.splitlines())


def containers_of(image: ImageReference) -> list[str]:
    argv = ["docker", "ps", "--all", "--quiet", f"--filter=ancestor={image}"]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()


def test_the_tree_of_an_image_and_what_does_not_fit_in_it(image: ImageReference) -> None:
    done = subprocess.run([COMMAND, "tree", str(image)], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert done.stdout.splitlines() == [
        f"{image} on linux/amd64, Python 3.11: 4 packages",
        "",
        "only-on-amd64==1",
        "torch==2.1.1",
        "├── numpy [required: <1.20, installed: 1.26.4]",
        "└── nvidia [required: Any, installed: 12]",
        "",
        "does not fit:",
        "  torch 2.1.1 needs numpy<1.20, but numpy 1.26.4 is there",
    ]
    assert containers_of(image) == []


def test_nothing_of_an_image_is_run_to_read_it(image: ImageReference) -> None:
    began = time.time()
    subprocess.run([COMMAND, "tree", str(image)], capture_output=True, check=False)
    assert starts_of(image, began) == 0
    subprocess.run(["docker", "run", "--rm", "--network=none", str(image)], check=True, capture_output=True)
    assert starts_of(image, began) == 1


def test_another_platform_has_its_own_packages_and_markers(image: ImageReference) -> None:
    argv = [COMMAND, "tree", str(image), "--platform=linux/arm64", "--format=json"]
    facts = json.loads(subprocess.run(argv, capture_output=True, text=True, check=False).stdout)
    assert {package["name"] for package in facts["packages"]} == {"numpy", "only-on-arm64", "torch"}
    assert [each["requires"] for each in facts["unmet"]] == ["numpy"]


def test_hostile_metadata_is_counted_and_goes_no_further(tmp_path: Path) -> None:
    image = built(tmp_path, PACKAGES + HOSTILE)
    found = image_contents(image, Platform.AMD64, Settings.from_environment(os.environ))
    assert found.python == PythonMinor(3, 11)
    assert {each.name for each in found.distributions} == {"numpy", "nvidia", "only-on-amd64", "torch"}
    assert found.unreadable == 2, "the large and the misnamed one; a link is no metadata at all"
    done = subprocess.run([COMMAND, "tree", str(image)], capture_output=True, text=True, check=False)
    assert "evil" not in done.stdout + done.stderr
    assert "2 packages have no metadata that can be read" in done.stderr


@pytest.mark.parametrize(
    ("name", "message"), [("fedbake/python:3.11-bookworm", "holds no packages"), ("no/such:1", "no image")]
)
def test_an_image_that_cannot_be_shown_is_said_to_be_so(name: str, message: str) -> None:
    done = subprocess.run([COMMAND, "tree", f"{REGISTRY}/{name}"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert message in done.stderr


def test_without_an_engine_the_machine_is_not_ready(tmp_path: Path) -> None:
    nowhere = {**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/docker.sock"}
    argv = [COMMAND, "tree", f"{REGISTRY}/no/such:1"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=nowhere)
    assert done.returncode == 6
