"""Puts the rendered Dockerfile the README shows into the README again; part of ``make golden``."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def shown(text: str) -> str:
    """The page with every block below a ``<!-- path -->`` line replaced by that file."""
    return re.sub(
        r"<!-- (\S+) -->\n```dockerfile\n.*?```",
        lambda found: f"<!-- {found[1]} -->\n```dockerfile\n{(ROOT / found[1]).read_text()}```",
        text,
        flags=re.DOTALL,
    )


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(shown(readme.read_text()))
