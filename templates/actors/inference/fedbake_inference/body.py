"""Reading a request's body with a limit, whatever its sender says about its length."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

from fedbake_inference.errors import RequestError

_LINGER_SECONDS = 5


async def read(chunks: AsyncIterator[bytes], declared: str | None, most: int) -> bytes:
    """The whole body.

    Args:
        chunks: its parts, as they arrive.
        declared: the ``Content-Length`` header.
        most: the largest number of bytes to accept.

    Raises:
        RequestError: it is larger; nothing more than ``most`` bytes was kept.
    """
    if declared is not None and declared.isdigit() and int(declared) > most:
        raise _too_large(most)
    body = bytearray()
    async for chunk in chunks:
        if len(body) + len(chunk) > most:
            raise _too_large(most)
        body += chunk
    return bytes(body)


async def discard(receive: Any) -> None:
    """Take the rest of a body for a moment: many clients read no answer before they have sent everything."""
    deadline = time.monotonic() + _LINGER_SECONDS
    while time.monotonic() < deadline:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return


def _too_large(most: int) -> RequestError:
    return RequestError(f"The body is larger than {most} bytes", "INVALID_PARAMETER_VALUE", 413)
