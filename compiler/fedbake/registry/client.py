"""Reading manifests and blobs of a registry, and putting a tag on a manifest (OCI distribution specification 1.1)."""

import hashlib
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType
from typing import Self

from fedbake.errors import PushError
from fedbake.names import ImageReference
from fedbake.registry.connection import Connection
from fedbake.settings import Settings
from fedbake.transient import Notice, quietly

INDEX_TYPES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFEST_TYPES = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
_ACCEPT = ", ".join((*INDEX_TYPES, *MANIFEST_TYPES))


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest or an index as the registry holds it, byte for byte.

    Attributes:
        digest: of the bytes, computed here.
        media_type: as the registry served it.
    """

    digest: str
    media_type: str
    body: bytes = field(repr=False)

    @property
    def is_index(self) -> bool:
        """Whether it lists images of several platforms."""
        return self.media_type in INDEX_TYPES


class Registries:
    """The registries of one run, each connected to once; a context manager. Several threads may use it.

    Args:
        settings: how this machine reaches the outside.
        notice: told when a request is tried again.
    """

    def __init__(self, settings: Settings, notice: Notice = quietly) -> None:
        self._settings = settings
        self._notice = notice
        self._lock = Lock()
        self._open: dict[str, Connection] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self._open.values():
            connection.close()

    def of(self, image: ImageReference) -> "Registry":
        """The registry an image is in."""
        with self._lock:
            if image.registry not in self._open:
                self._open[image.registry] = Connection(image.registry, self._settings, self._notice)
            return Registry(self._open[image.registry])


class Registry:
    """One registry host, for reading image descriptions and moving tags."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def is_plain(self) -> bool:
        """Whether it is reached over plain HTTP.

        Raises:
            PushError: its certificate is not trusted.
            TransientError: it cannot be reached.
        """
        return self._connection.is_plain

    def manifest(self, image: ImageReference) -> Manifest | None:
        """What a tag or digest stands for; ``None`` when the registry does not have it.

        Raises:
            PushError: the registry refuses access, or serves other bytes than the digest says.
            TransientError: it is not there, or answers with errors of its own, and stays so.
        """
        path = f"/v2/{image.repository}/manifests/{image.digest or image.tag}"
        answer = self._connection.ask("GET", path, _pull(image), {"Accept": _ACCEPT})
        if answer.status == 404:
            return None
        self._connection.expect(answer, str(image), 200)
        digest = _sha256(answer.body)
        if image.digest not in (None, digest):
            raise PushError("the registry served other content than its digest says", where=str(image))
        return Manifest(digest, answer.content_type, answer.body)

    def blob(self, image: ImageReference) -> bytes:
        """A small blob of a repository by its digest, such as an image's configuration.

        Raises:
            PushError: it is missing, refused, or not what its digest says.
            TransientError: the registry answers with errors of its own, or not in time.
        """
        answer = self._connection.ask("GET", f"/v2/{image.repository}/blobs/{image.digest}", _pull(image), {})
        self._connection.expect(answer, str(image), 200)
        if _sha256(answer.body) != image.digest:
            raise PushError("the registry served other content than its digest says", where=str(image))
        return answer.body

    def put_tag(self, image: ImageReference, manifest: Manifest) -> None:
        """Let a tag stand for a manifest whose content the repository already holds.

        Raises:
            PushError: the registry refuses.
            TransientError: it answers with errors of its own, or not in time.
        """
        path = f"/v2/{image.repository}/manifests/{image.tag}"
        headers = {"Content-Type": manifest.media_type}
        scope = f"repository:{image.repository}:pull,push"
        self._connection.expect(self._connection.ask("PUT", path, scope, headers, manifest.body), str(image), 201)

    def delete_tag(self, image: ImageReference) -> bool:
        """Remove a tag, and nothing else; false when the registry does not do that.

        Many registries remove whole manifests only, or nothing at all (distribution specification, "Deleting tags").

        Raises:
            PushError: the registry asks for a login that cannot be given.
            TransientError: it cannot be reached, or answers with errors of its own.
        """
        scope = f"repository:{image.repository}:delete"
        answer = self._connection.ask("DELETE", f"/v2/{image.repository}/manifests/{image.tag}", scope, {})
        return answer.status in (202, 404)


def _pull(image: ImageReference) -> str:
    return f"repository:{image.repository}:pull"


def _sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
