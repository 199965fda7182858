"""The HTTP side of the server: routes, limits, and the threads predictions run in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fedbake_inference import answers, body, protocol, v2
from fedbake_inference.errors import RequestError, UnsupportedTypeError
from fedbake_inference.model import Model
from fedbake_inference.settings import Settings

if TYPE_CHECKING:
    Answer = Callable[[Request], Awaitable[Response]]
_JSON = "application/json"


def application(model: Model, settings: Settings) -> Any:
    """The ASGI application that serves a model."""
    server = _Server(model, settings)
    name = f"/v2/models/{settings.name}"
    return Starlette(
        routes=[
            Route("/ping", _always("\n")),
            Route("/health", _always("\n")),
            Route("/version", _always(model.version)),
            Route("/invocations", server.guarded(server.invocations, _mlflow_error), methods=["POST"]),
            Route("/v2", _always(json.dumps(v2.server()))),
            Route("/v2/health/live", _always("{}")),
            Route("/v2/health/ready", _always("{}")),
            Route(name, _always(json.dumps(v2.model_metadata(settings.name, model)))),
            Route(f"{name}/ready", _always(json.dumps({"name": settings.name, "ready": True}))),
            Route(f"{name}/infer", server.guarded(server.infer, _v2_error), methods=["POST"]),
        ],
    )


class _Server:
    """Answers that need the model; they run in threads, so that others are given meanwhile."""

    def __init__(self, model: Model, settings: Settings) -> None:
        self._model = model
        self._settings = settings
        self._threads = ThreadPoolExecutor(1 if model.is_serial else settings.threads, "prediction")

    async def invocations(self, request: Request) -> Response:
        """Answer a request of MLflow's scoring protocol."""
        kind = protocol.media_type(request.headers.get("content-type"))
        content = await self._body(request)
        return Response(await self._in_thread(self._model.invoke, content, kind), media_type=_JSON)

    async def infer(self, request: Request) -> Response:
        """Answer a request of the V2 protocol."""
        content = await self._body(request)
        return Response(await self._in_thread(self._inferred, content), media_type=_JSON)

    def guarded(self, answer: Answer, explained: Callable[[str, str], bytes]) -> Answer:
        """An endpoint with the time limit, whose failures are answered in its protocol's form."""

        async def endpoint(request: Request) -> Response:
            try:
                return await asyncio.wait_for(answer(request), self._settings.seconds)
            except UnsupportedTypeError as error:
                return PlainTextResponse(str(error), 415)
            except RequestError as error:
                refusal = Response(explained(error.code, error.message), error.status, media_type=_JSON)
                return refusal if error.status != 413 else _Lingering(refusal)
            except asyncio.TimeoutError:
                return Response("Request processing time exceeded limit", 504, media_type=_JSON)
            except ClientDisconnect:
                return Response(status_code=499)

        return endpoint

    async def _body(self, request: Request) -> bytes:
        return await body.read(request.stream(), request.headers.get("content-length"), self._settings.most_bytes)

    async def _in_thread(self, work: Callable[..., bytes], *arguments: Any) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def _inferred(self, content: bytes) -> bytes:
        document = protocol.parsed(content.decode("utf-8", "replace"))
        return json.dumps(v2.infer(self._settings.name, self._model, document)).encode()


class _Lingering:
    """An answer to a client that is still sending: its connection is closed only after what it sends was taken."""

    def __init__(self, answer: Response) -> None:
        self._answer = answer

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_open(message: Any) -> None:
            await send({**message, "more_body": True} if message["type"] == "http.response.body" else message)

        await self._answer(scope, receive, send_open)
        await body.discard(receive)
        await send({"type": "http.response.body", "body": b""})


def _always(text: str) -> Answer:
    async def endpoint(request: Request) -> Response:  # noqa: ARG001 -- the same for every request
        return Response(text, media_type=_JSON)

    return endpoint


def _mlflow_error(code: str, message: str) -> bytes:
    return answers.error(code, message)


def _v2_error(code: str, message: str) -> bytes:  # noqa: ARG001 -- the protocol has no codes
    return json.dumps({"error": message}).encode()
