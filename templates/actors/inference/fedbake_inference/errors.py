"""Failures of the server: those that keep it from starting, and those that are answered to a client."""

from __future__ import annotations

from fedbake_actors.errors import ActorError

BAD_REQUEST = "BAD_REQUEST"
INVALID_PARAMETER_VALUE = "INVALID_PARAMETER_VALUE"


class StartError(ActorError):
    """The model directory or the settings are not what can be served."""


class RequestError(Exception):
    """A request that is answered with an error, in the form of MLflow's scoring server.

    Attributes:
        status: the HTTP status.
        code: one of MLflow's error codes.
        message: what is the matter, for whoever sent the request.
    """

    def __init__(self, message: str, code: str = BAD_REQUEST, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status


class UnsupportedTypeError(Exception):
    """A content type that is not understood; answered with status 415 and a text."""


def mismatch(message: str) -> RequestError:
    """The error for an input the model's signature does not allow."""
    return RequestError(f"The input does not match the model's signature: {message}", INVALID_PARAMETER_VALUE)
