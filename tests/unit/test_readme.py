"""README and docs show what is really rendered, asked for and read, and every page links to what is really there."""

import re
from pathlib import Path

import click

from fedbake.cli import cli
from fedbake.plan.schema import schema
from golden.show_in_readme import shown

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))


def test_the_dockerfile_shown_is_the_one_that_is_rendered() -> None:
    assert " AS learner\n" in README
    assert shown(README) == README


def test_the_schema_of_plans_is_the_one_that_is_written() -> None:
    assert (ROOT / "docs/plan.schema.json").read_text() == schema()


def test_every_link_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_table_of_commands_has_each_command_with_its_options() -> None:
    rows = re.findall(r"^\| (`fedbake [^|]*(?:\\\|[^|]*)*) \| (.*) \|$", README, re.MULTILINE)
    described = {name: text for cell, text in rows for name in re.findall(r"`fedbake ([a-z-]+)", cell)}
    assert set(described) == set(cli.list_commands(click.Context(cli)))
    assert set(re.findall(r"--[a-z-]+", described["plan"])) == options("plan") - {"--output", "--help"}
    assert set(re.findall(r"--[a-z-]+", described["tree"])) == options("tree") - {"--help"}
    assert set(re.findall(r"--[a-z-]+", described["bake"])) == options("bake") - {"--help"}


def test_commands_that_are_shown_have_the_options_they_are_shown_with() -> None:
    shown_line = re.compile(r"^(?:\$ )?fedbake (.+?)(?: *#.*)?$", re.MULTILINE)
    lines = [line for page in PAGES for line in shown_line.findall(page.read_text())]
    assert len(lines) > 8
    for line in lines:
        assert set(re.findall(r"(?<=\s)--[a-z-]+", line)) <= options(line.split()[0]), line


def test_every_variable_that_is_read_is_described_and_no_other() -> None:
    code = [*(ROOT / "compiler").rglob("*.py"), *(ROOT / "templates").rglob("*.py")]
    assert variables(code) == variables(PAGES)


def options(command: str) -> set[str]:
    """The long options of a command."""
    found = cli.get_command(click.Context(cli), command)
    assert found is not None, command
    parameters = found.get_params(click.Context(found))
    return {name for each in parameters for name in (*each.opts, *each.secondary_opts) if name.startswith("--")}


def variables(files: list[Path] | tuple[Path, ...]) -> set[str]:
    """The environment variables of fedbake's own that files name."""
    return {name for file in files for name in re.findall(r"\bFEDBAKE_[A-Z][A-Z_]+\b", file.read_text())}
