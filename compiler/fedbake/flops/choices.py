"""What the fixed command line cannot say: documented variables of the environment (docs/flops-contract.md)."""

from collections.abc import Mapping

from fedbake.errors import UsageError
from fedbake.flops.arguments import Common
from fedbake.publish.audience import MQTT_PORT, OBSERVER_PORT, Audience


def audience(common: Common, environment: Mapping[str, str]) -> Audience | None:
    """Whom the builder tells how it goes; ``None`` when it is to tell nobody.

    Raises:
        UsageError: a variable names no port.
    """
    return Audience(common.mqtt_host, common.observer_host, *ports(environment)) if common.notifies else None


def ports(environment: Mapping[str, str]) -> tuple[int, int]:
    """Where brokers and observers listen.

    Raises:
        UsageError: a variable names no port.
    """
    mqtt = _port(environment, "FEDBAKE_MQTT_PORT", MQTT_PORT)
    return mqtt, _port(environment, "FEDBAKE_OBSERVER_PORT", OBSERVER_PORT)


def builder(environment: Mapping[str, str]) -> str | None:
    """The buildx builder to use; the one in use when ``None``."""
    return environment.get("FEDBAKE_BUILDER") or None


def base_images(environment: Mapping[str, str]) -> dict[str, str]:
    """Base images by Python release that replace those of the catalogue.

    Raises:
        UsageError: one is not written ``3.11=registry/name:tag``.
    """
    # Not above: the manager is told that the builder has started before the compiler is imported.
    from fedbake.plan.request import base_image_of

    return dict(map(base_image_of, environment.get("FEDBAKE_BASE_IMAGES", "").split()))


def as_of(environment: Mapping[str, str]) -> str | None:
    """The time after which published packages do not exist.

    Raises:
        UsageError: it is none.
    """
    from fedbake.plan.request import as_of_time

    text = environment.get("FEDBAKE_AS_OF")
    return as_of_time(text) if text else None


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
        raise UsageError(f"{name} is not the number of a port", hint="leave it out for the port of the FLOps contract")
    return int(text)
