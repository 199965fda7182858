"""What git says when a fetch fails, turned into one sentence and the exit code that belongs to it.

The texts are those of git 2.39 to 2.50, libcurl (OpenSSL and GnuTLS builds) and OpenSSH under ``LC_ALL=C``. Lines that
the server wrote (``remote: …``) never take part in the decision.
"""

import re
from dataclasses import dataclass

from fedbake.errors import FedbakeError, SourceError, TransientError
from fedbake.settings import Limits
from fedbake.source.limits import too_large
from fedbake.source.ref import Ref
from fedbake.source.text import printable
from fedbake.transient import passing_text


@dataclass(frozen=True, slots=True)
class _Meaning:
    pattern: str
    message: str
    hint: str | None = None


# Compiled only when something failed.
_LOGIN = r"could not read (?:Username|Password) for|Authentication failed for|returned error: 40[13]\b"
_REFUSED_COMMIT = r"Server does not allow request for unadvertised object"
_MISSING_REF = r"couldn't find remote ref|not our ref|could not find remote ref"
_TOO_LARGE = r"File too large|died of signal 25|file size limit exceeded"
_FSCK = r"(?:error|fatal): object (?P<object>[0-9a-f]{40}): (?P<id>[A-Za-z0-9]+):|fsck error in packed object"

_RETRY = "try again; if it stays, the server or the network between has a problem"
_CHECK_URL = "check the URL"

_MEANINGS = (
    _Meaning(
        r"returned error: 30[1-8]\b|unable to update url base from redirection",
        "the server redirects to another address, which is not followed",
        "open the URL in a browser, and give the address it ends at",
    ),
    _Meaning(
        r"certificate|SSL_ERROR|gnutls_handshake|SSL connect error|TLS connect error|CAfile",
        "the server's TLS certificate is not trusted, or TLS with it fails",
        "set FEDBAKE_CA_BUNDLE to the PEM file of the certificate authority of your site",
    ),
    _Meaning(r"Could not resolve (?:host|hostname|proxy)", "the host name cannot be resolved", _CHECK_URL),
    _Meaning(
        r"Failed to connect|Couldn't connect|Connection refused|No route to host|Network is unreachable"
        r"|connect to host .* port|CONNECT tunnel failed|Received HTTP code .* from proxy",
        "the host cannot be reached",
        "check the URL, the network and the proxy settings",
    ),
    _Meaning(
        r"Host key verification failed",
        "the host's ssh key is not known, or not the one that is known",
        "connect to it once with ssh, check its key and accept it",
    ),
    _Meaning(
        r"Permission denied \(",
        "the host accepts none of your ssh keys",
        "load the key into the ssh agent, or name it in ~/.ssh/config",
    ),
    _Meaning(r"Operation too slow|Timeout was reached", "the server stopped sending", _RETRY),
    _Meaning(r"returned error: (?:429|5[0-9][0-9])\b", "the server is out of order for now", _RETRY),
    _Meaning(
        r"Connection reset by peer|Connection was reset|Recv failure|Send failure|early EOF"
        r"|unexpected disconnect|remote end hung up unexpectedly|transfer closed with|Empty reply from server"
        r"|recv error|SSL_read",
        "the connection broke while the repository was fetched",
        _RETRY,
    ),
    _Meaning(
        r"died of signal 24",
        "unpacking the repository takes too much processor time",
        "keep data and models out of the repository",
    ),
    _Meaning(
        r"dumb http transport does not support",
        "the server offers plain files only, not git's protocol",
        "ask for a URL with git's smart HTTP protocol, or use ssh",
    ),
    _Meaning(
        r"mismatched algorithms|unsupported hash algorithm|object-format",
        "the repository uses SHA-256 object names, which are not supported",
    ),
    _Meaning(
        r"does not appear to be a git repository|not a git repository|repository '.*' not found|returned error: 404"
        r"|repository not found|is this a git repository|invalid gitfile format|no such file or directory"
        r"|invalid server response|protocol error",
        "there is no git repository here that you may read",
        "check the URL; a private repository needs your ssh key or git credentials",
    ),
    _Meaning(
        r"missing blob|missing tree|bad object|lazy fetching disabled|not found in .*promisor|unable to read",
        "the repository lacks objects of this commit: it is a partial clone, or damaged",
        "give the repository it was cloned from, or run git fsck in it",
    ),
)


def wants_login(stderr: str) -> bool:
    """Whether the server asked for a login."""
    return re.search(_LOGIN, _own_lines(stderr)) is not None


def refuses_commit(stderr: str) -> bool:
    """Whether the server refuses to send a commit by its id alone, though it may have it."""
    return re.search(_REFUSED_COMMIT, _own_lines(stderr)) is not None


def explain_fetch(stderr: str, *, where: str, ref: Ref, had_login: bool, limits: Limits) -> FedbakeError:
    """The error to raise for a failed fetch."""
    text = _own_lines(stderr)
    if re.search(_TOO_LARGE, text, re.IGNORECASE):
        return too_large(limits)
    if re.search(_MISSING_REF, text):
        return unknown_ref(ref, where)
    damaged = re.search(_FSCK, text)
    if damaged:
        kind = f" ({damaged['id']})" if damaged["id"] else ""
        return SourceError(
            f"git refuses an object of the repository as malformed{kind}",
            where=where,
            hint="run git fsck in the repository",
        )
    if wants_login(stderr):
        return _login_error(where, had_login)
    for meaning in _MEANINGS:
        found = re.search(meaning.pattern, text, re.IGNORECASE)
        if found:
            error = TransientError if passing_text(found[0]) else SourceError
            return error(meaning.message, where=where, hint=meaning.hint)
    detail = printable(next((line for line in reversed(text.splitlines()) if line.startswith("fatal: ")), ""), 200)
    said = f", saying {detail.removeprefix('fatal: ')!r}" if detail else ""
    return SourceError(f"git cannot fetch the repository{said}", where=where)


def unknown_ref(ref: Ref, where: str) -> SourceError:
    """The repository has nothing of this name."""
    if ref.text == "HEAD":
        return SourceError("the repository has no commits yet", where=where, hint="commit the ML code, and try again")
    if ref.is_commit:
        return SourceError(
            f"the repository has no commit {ref.text}", where=where, hint="it may not have been pushed yet"
        )
    hint = "git ls-remote lists the branches and tags of a repository"
    if ref.looks_abbreviated:
        hint = "an abbreviated commit cannot be fetched: give all 40 digits"
    return SourceError(f"the repository has no branch or tag {ref.text!r}", where=where, hint=hint)


def _login_error(where: str, had_login: bool) -> SourceError:
    if had_login:
        return SourceError(
            "the server refuses your login", where=where, hint="renew the password or token git has for it"
        )
    return SourceError(
        "the server wants a login, or has no such repository",
        where=where,
        hint="store a login with a git credential helper or in ~/.netrc, or use the ssh URL",
    )


def _own_lines(stderr: str) -> str:
    return "\n".join(line for line in stderr.splitlines() if not line.startswith("remote: "))
