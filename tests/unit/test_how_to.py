"""The repository that docs/how-to/federate.md writes is one that fedbake has nothing to say about."""

import re
from pathlib import Path

from fedbake.judge import Folders, judge
from fedbake.plan.request import Asked
from fedbake.settings import Settings
from fedbake.source.fetch import fetch

PAGE = (Path(__file__).parents[2] / "docs/how-to/federate.md").read_text()


def test_the_repository_of_the_how_to_has_no_findings(tmp_path: Path) -> None:
    for file in ("conda.yaml", "data_manager.py", "model_manager.py"):
        (tmp_path / file).write_text(code_after(f"`digits/{file}`"))
    repository = fetch(str(tmp_path), None, Settings.from_environment({}))
    judged = judge(repository, Asked(), Folders.with_own(None, None))
    assert judged.flavor is not None
    assert judged.flavor.value == "sklearn"
    assert judged.findings == ()


def code_after(words: str) -> str:
    """The first block of code below some words of the page."""
    found = re.search(rf"{re.escape(words)}.*?^```\w+\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None, words
    return found[1]
