"""Comparing what is expected with what is made, and accepting it."""

import difflib
import shutil
from collections.abc import Iterator, Mapping

from fedbake.golden.case import FINDINGS, PLAN, Case


def differences(expected: Mapping[str, bytes], made: Mapping[str, bytes]) -> Iterator[str]:
    """A unified diff for each file that differs; a file only one side has is compared with nothing."""
    for path in sorted({*expected, *made}):
        before, after = expected.get(path, b""), made.get(path, b"")
        if before != after:
            yield from difflib.unified_diff(
                _lines(before),
                _lines(after),
                f"expected/{path}" if path in expected else "/dev/null",
                f"made/{path}" if path in made else "/dev/null",
                lineterm="",
            )


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "backslashreplace").split("\n")


def accept(case: Case, made: Mapping[str, bytes]) -> None:
    """Make today's files the expected ones; files that are no longer made disappear."""
    shutil.rmtree(case.folder / PLAN, ignore_errors=True)
    (case.folder / FINDINGS).unlink(missing_ok=True)
    for path, content in made.items():
        target = case.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
