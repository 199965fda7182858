"""docs/performance.md: one section for each kind of measurement, each written by its own command."""

from bench.measure import ROOT

PAGE = ROOT / "docs/performance.md"


def write_section(name: str, body: str) -> None:
    """Put ``body`` (Markdown) between the marks of the section ``name``, and leave everything else as it is.

    Raises:
        ValueError: the page has no such section.
    """
    begin, end = f"<!-- {name}: measured -->\n", f"<!-- {name}: end -->\n"
    before, found, rest = PAGE.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{PAGE} has no section between {begin.strip()} and {end.strip()}")
    PAGE.write_text(f"{before}{begin}{body.strip()}\n{end}{after}")
