"""Who a builder tells how it goes: the FLOps manager behind a broker, and the project's observer."""

from dataclasses import dataclass

MQTT_PORT = 9027
OBSERVER_PORT = 2727
"""Fixed by the FLOps contract, section "Builder command line"."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Where the manager's MQTT broker and the project's observer listen."""

    mqtt_host: str
    observer_host: str
    mqtt_port: int = MQTT_PORT
    observer_port: int = OBSERVER_PORT
