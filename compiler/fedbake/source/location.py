"""What may be given as a source: an https or ssh URL, ``user@host:path``, a ``file://`` URL when allowed, or a folder.

The grammar decides before any process starts. git gets only the re-serialised URL, so that no text is parsed twice.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from fedbake.errors import SourceError, UsageError
from fedbake.source.text import has_unsafe, printable

_ALLOWED = "give an https:// or ssh:// URL, user@host:path, or a local folder"

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]{{2,45}}\]"
# RFC 3986 pchar without ';', and '/'. '?' and '#' are left out: a query or fragment has no meaning to git.
_PATH = r"(?:[A-Za-z0-9._~!$&'()*+,=:@/-]|%[0-9A-Fa-f]{2})+"
_USERINFO = r"(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*"
_URL = re.compile(
    rf"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:(?P<userinfo>{_USERINFO})@)?(?P<host>{_HOST})(?::(?P<port>[0-9]{{1,5}}))?"
    rf"(?P<path>/{_PATH})",
    re.ASCII,
)
_SCP = re.compile(rf"(?P<user>[A-Za-z0-9_][A-Za-z0-9_.-]*)@(?P<host>{_HOST}):(?P<path>{_PATH})", re.ASCII)
_SSH_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)
_HELPER = re.compile(r"[A-Za-z0-9+.-]*::", re.ASCII)
# Spellings of an IPv4 address that resolvers accept and people do not recognise: 127.1, 0x7f000001, 0177.0.0.1.
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and password for one host; neither is ever shown."""

    username: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository on another host.

    Attributes:
        scheme: ``https`` or ``ssh``.
        user: the login name the URL gave, if any.
        password: the password the URL gave, if any (https only).
        host: lower case, IPv6 in brackets.
        port: when the URL gave one.
        path: begins with ``/``, as written, without trailing slashes.
        relative: whether an ssh path counts from the login's home, as in ``user@host:path``.
    """

    scheme: str
    host: str
    path: str
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    port: int | None = None
    relative: bool = False

    @property
    def authority(self) -> str:
        """Host and port."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL without userinfo: for people, plans and labels."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def transport_url(self) -> str:
        """What git is given. Only an ssh login name is kept, which is no secret; https logins travel as a header."""
        if self.scheme == "https":
            return self.url
        user = f"{self.user}@" if self.user else ""
        return f"{user}{self.host}:{self.path[1:]}" if self.relative else f"ssh://{user}{self.authority}{self.path}"

    @property
    def login(self) -> Login | None:
        """The complete login of an https URL, if it gave one."""
        if self.user is None or self.password is None:
            return None
        return Login(self.user, self.password)

    @property
    def name(self) -> str:
        """``owner/repository``: the last two components of the path, as written, ``.git`` cut once."""
        components = [part for part in self.path.split("/") if part]
        return "/".join(components[-2:]).removesuffix(".git")


@dataclass(frozen=True, slots=True)
class LocalRepository:
    """A folder that is the top of a git work tree, or a bare repository. Absolute path."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's own name, ``.git`` cut once."""
        return printable(self.path.name.removesuffix(".git")) or "repository"


@dataclass(frozen=True, slots=True)
class PlainFolder:
    """A folder that git knows nothing about. Absolute path."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's own name."""
        return printable(self.path.name) or "folder"


Location = Remote | LocalRepository | PlainFolder


def parse_source(source: str, *, allow_file_urls: bool) -> Location:
    """Decide what a source is.

    Raises:
        UsageError: the text is no source that is allowed.
        SourceError: it is a local path at which there is no folder.
    """
    remote = parse_remote(source)
    if remote is not None:
        return remote
    if source.lower().startswith("file://"):
        return _from_file_url(source, allow_file_urls)
    if not source or has_unsafe(source) or source.startswith("-") or "://" in source or _HELPER.match(source):
        raise _refused(source)
    path = Path(source)
    if ":" in source.partition("/")[0] and not path.is_dir():
        raise _refused(source)
    return _local(path)


def parse_remote(source: str) -> Remote | None:
    """Read an https or ssh URL or ``user@host:path``; ``None`` when the text is something else entirely.

    Raises:
        UsageError: it is meant as such a URL, but is malformed or dangerous.
    """
    scheme = source.partition("://")[0].lower() if "://" in source else None
    if scheme in {"https", "ssh"}:
        match = _URL.fullmatch(source)
        if match is None:
            raise _refused(source)
        return _from_url(match)
    match = None if scheme else _SCP.fullmatch(source)
    if match is None:
        return None
    path = match["path"]
    return Remote("ssh", _host(match["host"], source), _path(path, source), user=match["user"], relative=path[0] != "/")


def _from_url(match: re.Match[str]) -> Remote:
    source, scheme = match[0], match["scheme"].lower()
    user, password = _userinfo(match["userinfo"], source)
    if scheme == "ssh" and (password is not None or (user is not None and not _SSH_USER.fullmatch(user))):
        raise UsageError(
            "an ssh:// URL takes a plain login name and no password",
            where=masked(source),
            hint="let the ssh agent or ~/.ssh/config hold the key",
        )
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port < 65536:
        raise _refused(source)
    return Remote(scheme, _host(match["host"], source), _path(match["path"], source), user, password, port)


def _userinfo(text: str | None, source: str) -> tuple[str | None, str | None]:
    if not text:
        return None, None
    user, colon, password = text.partition(":")
    decoded = unquote(user), unquote(password) if colon else None
    if any(has_unsafe(part) for part in decoded if part):
        raise _refused(source)
    return decoded[0] or None, decoded[1]


def _host(text: str, source: str) -> str:
    import ipaddress

    host = text.lower()
    try:
        if host.startswith("["):
            ipaddress.IPv6Address(host[1:-1])
        elif _NUMERIC_END.fullmatch(host):
            ipaddress.IPv4Address(host)
    except ValueError:
        raise _refused(source) from None
    if len(host) > 253:
        raise _refused(source)
    return host


def _path(text: str, source: str) -> str:
    """The path with one leading and no trailing slash, refusing what servers and git could read in two ways."""
    path = "/" + text.strip("/")
    components = [unquote(part) for part in path[1:].split("/")]
    if components[0].startswith("-"):
        raise _refused(source)
    for part in components:
        if part in {"", ".", "..", ".git"} or "/" in part or "\\" in part or has_unsafe(part):
            raise _refused(source)
    return path


def _from_file_url(source: str, allowed: bool) -> Location:
    if not allowed:
        raise UsageError(
            "file:// sources are not allowed here",
            where=masked(source),
            hint="set FEDBAKE_ALLOW_FILE_URLS=1 to allow them",
        )
    match = re.fullmatch(r"file://(?:localhost)?(/[^?#]*)", source, re.IGNORECASE)
    path = unquote(match[1]) if match else ""
    if match is None or has_unsafe(path):
        raise _refused(source)
    location = _local(Path(path))
    if isinstance(location, PlainFolder):
        raise SourceError(
            "there is no git repository at this URL", where=source, hint="give a plain folder by its path"
        )
    return location


def _local(path: Path) -> Location:
    try:
        resolved = path.resolve()
        if not resolved.exists():
            raise SourceError("there is no such folder", where=printable(str(path)), hint=_ALLOWED)
        if not resolved.is_dir():
            raise SourceError("the source is a file, not a folder", where=printable(str(path)), hint=_ALLOWED)
        top_of_work_tree = (resolved / ".git").exists()
        bare = (resolved / "HEAD").is_file() and (resolved / "objects").is_dir() and (resolved / "refs").is_dir()
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its links lead nowhere"
        raise SourceError(f"the folder cannot be read: {reason}", where=printable(str(path))) from None
    return LocalRepository(resolved) if top_of_work_tree or bare else PlainFolder(resolved)


def _refused(source: str) -> UsageError:
    return UsageError(f"{masked(source)!r} is not a source that is allowed", hint=_ALLOWED)


def masked(source: str) -> str:
    """The text as it may be shown: without anything that could be userinfo or a token, on one line."""
    shown = re.sub(r".*@", "…@", source, flags=re.DOTALL)
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", source, re.ASCII)
    if scheme and shown != source:
        shown = scheme[0] + shown
    return printable(re.sub(r"[?#].*", "…", shown, flags=re.DOTALL), 200)
