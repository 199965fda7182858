"""What a user asks for, before the repository has filled in the rest."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fedbake.errors import UsageError
from fedbake.names import ACTORS, Accelerator, Flavor, ImageReference, Platform, PythonMinor, Role
from fedbake.rules.finding import FixLevel

DEFAULT_REGISTRY = "localhost:5000"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was made; ``None`` leaves the choice to fedbake.

    Attributes:
        repository: image repository below the registry; from the source's name when not given.
        images: by role, the whole name of its image below the registry, as ``name:tag``; in place of one made of
            ``repository``, the role and the revision.
        as_of: RFC 3339 time in UTC (`as_of_time`).
        base_images: base images by Python release that replace those of the catalogue.
        fixes: how far fedbake goes in repairing.
        accelerators: by role, what its image computes on; whatever the package index offers where not given.
        allow_source: normalised names of packages that may be compiled although no platform has a wheel.
    """

    targets: tuple[Role, ...] = ACTORS
    platforms: tuple[Platform, ...] = (Platform.AMD64, Platform.ARM64)
    flavor: Flavor | None = None
    registry: str = DEFAULT_REGISTRY
    repository: str | None = None
    python: str | None = None
    as_of: str | None = None
    strict: bool = False
    base_images: Mapping[str, str] = field(default_factory=dict)
    fixes: FixLevel = FixLevel.SAFE
    accelerators: Mapping[Role, Accelerator] = field(default_factory=dict)
    allow_source: frozenset[str] = frozenset()
    images: Mapping[Role, str] = field(default_factory=dict)


def as_of_time(text: str) -> str:
    """The moment a date or time names, as RFC 3339 in UTC; a date means its end, wherever the machine is.

    Raises:
        UsageError: the text is neither ``2026-11-01`` nor ``2026-11-01T12:00:00Z``.
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            moment = datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(days=1)
        elif re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})", text, re.ASCII):
            moment = datetime.fromisoformat(text).astimezone(UTC)
        else:
            raise ValueError(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text!r} is not a date", hint="write 2026-11-01 or 2026-11-01T12:00:00Z") from error
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def base_image_of(text: str) -> tuple[str, str]:
    """The Python release and the base image that ``3.11=registry/name:tag`` names.

    Raises:
        UsageError: it is something else.
    """
    python, _, reference = text.partition("=")
    return str(PythonMinor.parse(python)), str(ImageReference.parse(reference))
