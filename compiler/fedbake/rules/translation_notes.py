"""One note for all conda packages that had the same fate: an export of an environment has a hundred of them."""

from collections.abc import Iterator, Sequence

from fedbake.inspect.facts import Declaration, Dropped, Note, Origin
from fedbake.rules.names import Names

_SHOWN = 5
_FATES = {
    "conda-not-needed": (
        "is not needed in an environment from the Python Package Index",
        "are not needed in an environment from the Python Package Index",
    ),
    "conda-only": (
        "is left out because the Python Package Index has nothing that takes its place",
        "are left out because the Python Package Index has nothing that takes their place",
    ),
    "conda-part-of": ("comes with another package that is declared", "come with other packages that are declared"),
    "declared-twice": (
        "is declared in the list for pip as well, which holds",
        "are declared in the list for pip as well, which holds",
    ),
    "accelerator": ("chooses the hardware and is not installed", "choose the hardware and are not installed"),
}
_UNKNOWN = (
    "is not in the table of conda names and is looked for on the Python Package Index by the same name",
    "are not in the table of conda names and are looked for on the Python Package Index by the same name",
)


def notes_about(dropped: Sequence[Dropped], passed: Sequence[Declaration], names: Names) -> Iterator[Note]:
    """One note for each reason packages were dropped, and one for those the table does not know.

    Args:
        dropped: in order.
        passed: declarations that stay as they were.
        names: the table.
    """
    for code, fate in _FATES.items():
        alike = [each for each in dropped if each.code == code]
        if alike:
            yield Note(code, _sentence([each.name for each in alike], *fate), alike[0].location)
    unknown = [each for each in passed if _is_unknown(each, names)]
    if unknown:
        listed = [each.requirement.name for each in unknown]
        yield Note("conda-name-unknown", _sentence(listed, *_UNKNOWN), unknown[0].location)


def _is_unknown(found: Declaration, names: Names) -> bool:
    return found.origin is Origin.CONDA and names.conda_name(found.requirement.name) is None


def _sentence(packages: Sequence[str], one: str, many: str) -> str:
    distinct = list(dict.fromkeys(packages))
    counted = "1 conda package" if len(distinct) == 1 else f"{len(distinct)} conda packages"
    more = f" and {len(distinct) - _SHOWN} more" if len(distinct) > _SHOWN else ""
    return f"{counted} {one if len(distinct) == 1 else many}: {', '.join(distinct[:_SHOWN])}{more}"
