"""Settings of an actor that are not on its command line, read once from the environment of its container."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fedbake_actors.arguments import DEFAULT_PORT, Project
from fedbake_actors.errors import ActorError
from fedbake_actors.notices import MQTT_PORT, OBSERVER_PORT, Audience


@dataclass(frozen=True)
class Settings:
    """How patient an actor is, and where the aggregator listens.

    Attributes:
        port: TCP port the aggregator listens on (``FEDBAKE_PORT``); the FLOps manager expects 8080.
        connect_seconds: how long a learner goes on trying while no aggregator answers (``FEDBAKE_CONNECT_SECONDS``).
            Generous by default, because an aggregator's image may still be on its way to a slow node.
        learners_seconds: how long the aggregator waits for enough learners in each round
            (``FEDBAKE_LEARNERS_SECONDS``).
        data_server: ``host:port`` of the learner's data (``FEDBAKE_DATA_SERVER``); by default the node's own server as
            containers reach it.
        mqtt_port, observer_port: TCP ports of the manager's broker and of the observer (``FEDBAKE_MQTT_PORT``,
            ``FEDBAKE_OBSERVER_PORT``); their hosts are on the command line.
        flavor: the ML framework of the repository (``ML_MODEL_FLAVOR``, set in every image).
        revision: the commit the image was made from (``FEDBAKE_REVISION``), where it is known.
    """

    port: int = DEFAULT_PORT
    connect_seconds: int = 6 * 3600
    learners_seconds: int = 24 * 3600
    data_server: str = "172.17.0.1:11027"
    mqtt_port: int = MQTT_PORT
    observer_port: int = OBSERVER_PORT
    flavor: str = ""
    revision: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings.

        Raises:
            ActorError: a variable is not a whole number in its range.
        """
        return cls(
            port=_number(environ, "FEDBAKE_PORT", cls.port, 65535),
            connect_seconds=_number(environ, "FEDBAKE_CONNECT_SECONDS", cls.connect_seconds, 10**7),
            learners_seconds=_number(environ, "FEDBAKE_LEARNERS_SECONDS", cls.learners_seconds, 10**7),
            data_server=environ.get("FEDBAKE_DATA_SERVER") or cls.data_server,
            mqtt_port=_number(environ, "FEDBAKE_MQTT_PORT", cls.mqtt_port, 65535),
            observer_port=_number(environ, "FEDBAKE_OBSERVER_PORT", cls.observer_port, 65535),
            flavor=environ.get("ML_MODEL_FLAVOR", ""),
            revision=environ.get("FEDBAKE_REVISION", ""),
        )

    def audience(self, project: Project) -> Audience:
        """Who is told about a project."""
        return Audience(project.mqtt_ip, project.observer_ip, self.mqtt_port, self.observer_port)


def _number(environ: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = environ.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,8}", text, re.ASCII) or not 0 < int(text) <= most:
        raise ActorError(f"{name}={text!r} is not a whole number from 1 to {most}")
    return int(text)
