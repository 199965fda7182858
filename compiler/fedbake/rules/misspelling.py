"""Names that are one slip of the keyboard away from a well-known one."""

from collections.abc import Iterable, Iterator

from fedbake.rules.names import Names
from fedbake.rules.standard_library import in_some_release

_SHORTEST = 5
_SAME_LOOK = ({"0", "o"}, {"1", "l"}, {"1", "i"})


def likely_meant(declared: Iterable[str], names: Names) -> dict[str, str]:
    """The well-known distribution each unknown name may be a slip of; names without one are left out.

    Well known is what provides a module of the table. Left out is what differs too easily: names with fewer than five
    letters, those that begin with another letter, and digits, which tell releases apart, but for those that look like a
    letter.

    Args:
        declared: normalised names.
    """
    known = names.distributions | names.conda.keys() | names.lookalikes.keys() | in_some_release(names)
    unknown = {name for name in declared if name not in known}
    alike: dict[tuple[str, int], list[str]] = {}
    for name in sorted(names.modules_of) if unknown else ():
        for length in range(-1, 2):
            alike.setdefault((name[0], _letters(name) + length), []).append(name)
    found = {name: next(one_slip_away(name, alike.get((name[0], _letters(name)), ())), None) for name in unknown}
    return {name: meant for name, meant in found.items() if meant is not None}


def _letters(name: str) -> int:
    return len(name) - name.count("-")


def one_slip_away(name: str, known: Iterable[str]) -> Iterator[str]:
    """Those of some known names, of five letters at least, that a name may be a slip of."""
    return (each for each in known if len(each) >= _SHORTEST and is_one_slip(name, each))


def is_one_slip(left: str, right: str) -> bool:
    """Whether two names differ in one letter that was added, left out, mistaken or swapped, or in separators alone."""
    if left == right or left[0] != right[0]:
        return False
    if left.replace("-", "") == right.replace("-", ""):
        return True
    start = next((at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    a, b = left[start:], right[start:]
    if a[:1].isdigit() or b[:1].isdigit():
        return a[1:] == b[1:] and {a[:1], b[:1]} in _SAME_LOOK
    swapped = a[1:2] == b[:1] and a[:1] == b[1:2] and a[2:] == b[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped
