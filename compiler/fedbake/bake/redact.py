"""Taking credentials out of text that programs print: what stands before the host of a URL, and its query."""

import re

_USERINFO = re.compile(r"(?<=://)[^/\s\"'@]+@")
# A registry's upload addresses carry their authorization in the query, and so do the signed addresses they redirect to.
_QUERY = re.compile(r"(https?://[^\s\"'?]*)\?[^\s\"']*")
_AUTHORIZATION = re.compile(r"\b(bearer|basic) +[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE | re.ASCII)


def redacted(text: str) -> str:
    """The text without userinfo and query of any URL in it, and without authorization header values."""
    return _AUTHORIZATION.sub(r"\1 ***", _QUERY.sub(r"\1?***", _USERINFO.sub("***@", text)))
