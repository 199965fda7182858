"""The builder image's build context: what is in it, and that equal copies of fedbake make equal ones."""

import csv
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from fedbake import __version__
from fedbake.errors import UsageError
from fedbake.names import ImageReference, Platform
from fedbake.resolve.tools import load_installer
from fedbake.resources import shipped
from fedbake.worker.builder_image.context import Ingredients, bake_file, dockerfile, write_context
from fedbake.worker.builder_image.wheel import write_wheel
from fedbake.worker.tables import debian_table

ROOT = Path(__file__).parents[3]
UV = str(Path(sys.executable).with_name("uv"))


@pytest.fixture
def ingredients() -> Ingredients:
    base = ImageReference.parse(f"registry.example/python:3.11@sha256:{'1' * 64}")
    return Ingredients(base, tuple(Platform), load_installer((shipped("rules"),)), debian_table())


def test_requirements_are_those_of_the_lock_file() -> None:
    options = ("--frozen", "--no-dev", "--no-emit-project", "--no-annotate", "--no-header", "--offline")
    asked = [UV, "export", "--quiet", *options, "--format", "requirements-txt"]
    expected = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    hint = "make golden writes templates/builder/requirements.txt"
    assert (ROOT / "templates/builder/requirements.txt").read_text() == expected, hint


def test_the_wheel_is_a_whole_fedbake_with_its_rules_and_templates(tmp_path: Path) -> None:
    with zipfile.ZipFile(write_wheel(tmp_path)) as wheel:
        names = set(wheel.namelist())
        record = wheel.read(f"fedbake-{__version__}.dist-info/RECORD").decode()
        entry_points = wheel.read(f"fedbake-{__version__}.dist-info/entry_points.txt").decode()
    assert {"fedbake/cli/flops.py", "fedbake/rules/load.py", "fedbake/rules/images/debian.yaml"} <= names
    assert {"fedbake/templates/builder/main.py", "fedbake/templates/actors/learner/main.py"} <= names
    assert not any(name.endswith(".pyc") for name in names)
    assert {row[0] for row in csv.reader(record.splitlines())} == names
    assert "fedbake = fedbake.cli:main" in entry_points


def test_it_installs_and_runs_without_the_checkout(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path)
    target = tmp_path / "installed"
    options = ("--quiet", "--no-deps", "--no-index", "--offline", "--target", str(target))
    subprocess.run([UV, "pip", "install", "--python", sys.executable, *options, str(wheel)], check=True)
    code = "import fedbake.resources as r; print(r.__file__, (r.shipped('rules') / 'images/debian.yaml').is_file())"
    environment = {"PYTHONPATH": str(target), "PATH": "/usr/bin"}
    asked = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert asked.stdout.split() == [str(target / "fedbake/resources.py"), "True"]


def test_equal_copies_make_equal_contexts(tmp_path: Path, ingredients: Ingredients) -> None:
    folders = [tmp_path / name for name in ("one", "two", "three")]
    for folder in folders:
        folder.mkdir()
    one, two = (write_context(folder, ingredients) for folder in folders[:2])
    alone = Ingredients(ingredients.base, (Platform.ARM64,), ingredients.installer, ingredients.debian)
    assert one == two
    assert write_context(folders[2], alone) != one


def test_nothing_of_the_target_platform_runs_but_the_check(ingredients: Ingredients) -> None:
    stages = dockerfile(ingredients).split("\nFROM ")
    running = [stage.partition("\n")[0] for stage in stages if "\nRUN " in stage]
    assert running.pop() == "builder AS verify"
    assert all(line.startswith(("--platform=$BUILDPLATFORM", "installer", "uv-${BUILDARCH}")) for line in running)


def test_a_sites_settings_are_part_of_the_image_and_logins_are_not(ingredients: Ingredients) -> None:
    own = {"FEDBAKE_BUILDER": "tcp://192.0.2.1:1234", "FEDBAKE_BASE_IMAGES": f"3.11=a.example/b@sha256:{'1' * 64}"}
    text = dockerfile(replace(ingredients, variables=own))
    assert "    FEDBAKE_BUILDER=tcp://192.0.2.1:1234\n" in text
    for hostile in ("https://user:password@host/simple", "a b", "a\nRUN id", "$HOME", 'a"b', "a\\"):
        with pytest.raises(UsageError):
            dockerfile(replace(ingredients, variables={"FEDBAKE_INDEX_URL": hostile}))


def test_the_bake_file_checks_what_it_tags(ingredients: Ingredients) -> None:
    image = ImageReference.parse("registry.example/fedbake/builder:x")
    text = bake_file(ingredients, image, "f" * 64)
    assert 'targets = ["builder", "verify-builder"]' in text
    assert f'tags     = ["{image}"]' in text
    assert "f" * 64 in text
