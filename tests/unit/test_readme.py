"""The README shows what is really rendered, and every page links to what is really there."""

import re
from pathlib import Path

from fedbake.plan.schema import schema
from golden.show_in_readme import shown

ROOT = Path(__file__).parents[2]


def test_the_dockerfile_shown_is_the_one_that_is_rendered() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "FROM ${PYTHON_BASE} AS learner" in readme
    assert shown(readme) == readme


def test_the_schema_of_plans_is_the_one_that_is_written() -> None:
    assert (ROOT / "docs/plan.schema.json").read_text() == schema()


def test_every_link_leads_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
