"""The change of a file that is not UTF-8 in the form ``git apply`` takes: all of its bytes, before and after.

The format is that of ``git diff --binary`` (diff.c and apply.c of git): a line with both object names in full, then
each content compressed by zlib, in base 85, 52 bytes to a line that begins with their number as a letter.
"""

import hashlib
import zlib
from base64 import b85encode
from collections.abc import Iterator

from fedbake.rules.diff import changed_lines, header

_LINE_BYTES = 52
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BLOCK_BYTES = 0xFFFF


def binary_patch(name: str, before: bytes, after: bytes, shown: tuple[str, str], *, executable: bool) -> str:
    """The change of a file's bytes, ``""`` when they are equal.

    Args:
        name: the path in the repository.
        before: the bytes of the file.
        after: its bytes after the change.
        shown: both as text, for a comment that lets people read the change; git skips it.
        executable: whether the file may be run, which git compares.
    """
    if before == after:
        return ""
    lines = "".join(f"# {line.rstrip()}\n" for line in changed_lines(*shown))
    mode = "100755" if executable else "100644"
    index = f"index {_object_name(before)}..{_object_name(after)} {mode}\n"
    return f"{lines}{header(name)}{index}GIT binary patch\n{_literal(after)}\n{_literal(before)}\n"


def _object_name(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()


def _literal(data: bytes) -> str:
    packed = _stored(data)
    return f"literal {len(data)}\n" + "".join(
        f"{_LETTERS[len(part) - 1]}{b85encode(part, pad=True).decode('ascii')}\n" for part in _parts(packed)
    )


def _parts(packed: bytes) -> Iterator[bytes]:
    for start in range(0, len(packed), _LINE_BYTES):
        yield packed[start : start + _LINE_BYTES]


def _stored(data: bytes) -> bytes:
    """A zlib stream (RFC 1950, 1951) without compression: the same bytes whichever zlib is installed."""
    blocks = []
    for start in range(0, max(len(data), 1), _BLOCK_BYTES):
        block = data[start : start + _BLOCK_BYTES]
        last = start + _BLOCK_BYTES >= len(data)
        size = len(block)
        blocks.append(bytes([last]) + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + block)
    return b"\x78\x01" + b"".join(blocks) + zlib.adler32(data).to_bytes(4, "big")
