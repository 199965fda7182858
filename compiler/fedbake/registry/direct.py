"""Connections without a proxy. The certificates that are trusted are read when the first protected one is made."""

import ssl
from collections.abc import Callable

import httpx


class DirectTransport(httpx.BaseTransport):
    """HTTP and HTTPS. Reading a bundle of certificates takes longer than a request to a registry on loopback."""

    def __init__(self, trust: Callable[[], ssl.SSLContext]) -> None:
        self._trust = trust
        self._by_scheme: dict[str, httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        scheme = request.url.scheme
        if scheme not in self._by_scheme:
            # A context that trusts nobody where there is nothing to protect.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if scheme == "http" else self._trust()
            self._by_scheme.setdefault(scheme, httpx.HTTPTransport(verify=context, trust_env=False))
        return self._by_scheme[scheme].handle_request(request)

    def close(self) -> None:
        """End all connections."""
        for transport in self._by_scheme.values():
            transport.close()
