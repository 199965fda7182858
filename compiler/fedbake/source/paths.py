"""Which paths inside a source are accepted: those that mean the same thing on every system and in every tool.

git's own checks are not relied on: these hold even for a tree no honest git would have written.
"""

import re

from fedbake.errors import SourceError
from fedbake.settings import Limits
from fedbake.source.limits import REPOSITORY, Subject
from fedbake.source.text import has_unsafe

# HFS+ ignores these in names, so that ".g<U+200C>it" is ".git" there (CVE-2014-9390).
_HFS_IGNORED = re.compile("[\\u200c-\\u200f\\u202a-\\u202e\\u206a-\\u206f\\ufeff]")
# NTFS drops trailing dots and spaces, knows ".git" as "git~1", and takes ":stream" behind a name.
_DOT_GIT = re.compile(r"(?:\.git|git~[0-9]+)[ .]*(?::.*)?", re.IGNORECASE | re.ASCII)


class PathRules:
    """Validates paths one after the other, looking at every folder name once."""

    def __init__(self, limits: Limits, subject: Subject = REPOSITORY) -> None:
        self._limits = limits
        self._subject = subject
        self._folders: set[str] = set()

    @property
    def folders(self) -> frozenset[str]:
        """Every folder that a path accepted so far goes through."""
        return frozenset(self._folders)

    def accept(self, raw: bytes) -> str:
        """The path as text.

        Raises:
            SourceError: it is not UTF-8, or has a component that is not allowed, or is too long or too deep.
        """
        if len(raw) > self._limits.path_bytes:
            raise self._refusal(raw, f"is longer than {self._limits.path_bytes} bytes")
        try:
            path = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise self._refusal(raw, "is not UTF-8") from None
        folder, slash, name = path.rpartition("/")
        self._check_component(name, raw)
        if slash and folder not in self._folders:
            self._accept_folder(folder, raw)
        return path

    def _accept_folder(self, folder: str, raw: bytes) -> None:
        components = folder.split("/")
        if len(components) >= self._limits.path_depth:
            raise self._refusal(raw, f"is deeper than {self._limits.path_depth} levels")
        for depth, component in enumerate(components, start=1):
            self._check_component(component, raw)
            self._folders.add("/".join(components[:depth]))

    def _check_component(self, name: str, raw: bytes) -> None:
        if name in {"", ".", ".."}:
            raise self._refusal(raw, "has an empty, '.' or '..' component")
        if _DOT_GIT.fullmatch(_HFS_IGNORED.sub("", name)):
            raise self._refusal(raw, "has a component that some systems take for '.git'")
        if "\\" in name or has_unsafe(name):
            raise self._refusal(raw, "has a backslash, a control character or a character that changes text direction")
        if name[-1] in " .":
            raise self._refusal(raw, "has a component that ends in a space or a dot")

    def _refusal(self, raw: bytes, reason: str) -> SourceError:
        shown = ascii(raw[:120].decode("utf-8", "backslashreplace"))
        return SourceError(f"a path in {self._subject.name} {reason}", where=shown, hint=self._subject.bad_path)
