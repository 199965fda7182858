"""The README shows what is really rendered, and links to what is really there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_the_dockerfile_shown_is_the_one_that_is_rendered() -> None:
    shown = re.search(r"<!-- (\S+) -->\n```dockerfile\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    assert shown.group(2) == (ROOT / shown.group(1)).read_text()


def test_every_link_leads_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
