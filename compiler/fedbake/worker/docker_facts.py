"""What `docker` and `docker buildx` say about the engine and the builder a bake would use."""

import json
import re
from dataclasses import dataclass, replace

from fedbake.errors import WorkerError
from fedbake.names import Platform
from fedbake.process import Completed, ProcessTimeoutError, run
from fedbake.settings import Settings
from fedbake.worker.environment import docker_environment

_SECONDS = 20
Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """The client and the engine it reaches.

    Attributes:
        version: of the engine; ``None`` when none answers.
        problem: why none answers.
        buildx: version of the plugin the client finds; ``None`` without one.
        containerd_store: whether images are kept in containerd, which several platforms need.
        data_root: folder of images and layers, on the engine's machine.
        plain_http: registries, by host or network, the engine was told to read images from without TLS.
    """

    version: str | None
    problem: str | None
    buildx: str | None
    containerd_store: bool
    data_root: str | None
    plain_http: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BuilderFacts:
    """A builder: its driver and all platforms it says it can build for; ``problem`` when it does not answer."""

    driver: str
    platforms: tuple[str, ...]
    problem: str | None = None

    def builds(self, platform: Platform) -> bool:
        """Whether it can build for a platform."""
        return platform.value in self.platforms


def parse_version(text: str) -> Version | None:
    """The numbers of a version such as ``v0.13.1``, ``0.13.1+ds1`` or ``26.1.5+dfsg1``."""
    match = re.search(r"(?<![0-9.])v?([0-9]+(?:\.[0-9]+)+)", text, re.ASCII)
    return tuple(int(number) for number in match[1].split(".")) if match else None


def parse_docker_info(text: str) -> EngineFacts:
    """Read ``docker info --format json``, which names the client's plugins even when no engine answers.

    Raises:
        WorkerError: it is not such output.
    """
    try:
        facts = json.loads(text)
        plugins = facts.get("ClientInfo", {}).get("Plugins") or ()
        driver_status = dict(pair for pair in facts.get("DriverStatus") or () if len(pair) == 2)
        problems = facts.get("ServerErrors") or ()
        registries = facts.get("RegistryConfig") or {}
        hosts = [name for name, one in (registries.get("IndexConfigs") or {}).items() if one.get("Secure") is False]
        networks = registries.get("InsecureRegistryCIDRs") or ()
    except (ValueError, AttributeError, TypeError) as error:
        raise WorkerError("the docker client says nothing readable", hint="see docker info --format json") from error
    return EngineFacts(
        version=facts.get("ServerVersion") or None,
        problem=problems[0] if problems else None,
        buildx=next((one.get("Version") for one in plugins if one.get("Name") == "buildx"), None),
        containerd_store=driver_status.get("driver-type") == "io.containerd.snapshotter.v1",
        data_root=facts.get("DockerRootDir") or None,
        plain_http=(*hosts, *networks),
    )


def parse_builder(text: str) -> BuilderFacts:
    """Read ``docker buildx inspect``. A builder of several nodes can build for the platforms of any of them.

    The star of a platform the user asked a node for is dropped.
    """
    lines = [line.strip().partition(":") for line in text.splitlines()]
    values = [(key.strip(), value.strip()) for key, _, value in lines]
    platforms = [one.strip(" *") for key, value in values if key == "Platforms" for one in value.split(",")]
    known = tuple(dict.fromkeys(one for one in platforms if one))
    # A BuildKit that cannot be reached is only called inactive, and so is one in a container that was not started yet.
    resting = next((f"it is {value}" for key, value in values if key == "Status" and value != "running"), None)
    return BuilderFacts(
        driver=next((value for key, value in values if key == "Driver"), ""),
        platforms=known,
        problem=next((value for key, value in values if key == "Error"), None if known else resting),
    )


def engine_facts(settings: Settings) -> EngineFacts:
    """Ask the client and the engine.

    Raises:
        WorkerError: there is no docker client.
    """
    done = _docker(settings, "info", "--format", "{{json .}}")
    if done is None:
        return EngineFacts(None, f"it does not answer within {_SECONDS} seconds", None, False, None)
    facts = parse_docker_info(done.text)
    if facts.version is None and facts.problem is None:
        # Newer clients name the reason on standard error only.
        return replace(facts, problem=done.stderr.strip().rpartition("\n")[2] or None)
    return facts


def builder_facts(settings: Settings, builder: str | None = None) -> BuilderFacts:
    """Ask a builder, by default the one in use, without starting it.

    Raises:
        WorkerError: there is no docker client.
    """
    done = _docker(settings, "buildx", "inspect", *(("--", builder) if builder else ()))
    if done is None:
        return BuilderFacts("", (), f"it does not answer within {_SECONDS} seconds")
    if done.code != 0:
        return BuilderFacts("", (), done.stderr.strip().rpartition("\n")[2] or "docker buildx inspect failed")
    return parse_builder(done.text)


def docker_facts(settings: Settings, builder: str | None = None) -> tuple[EngineFacts, BuilderFacts]:
    """Both at the same time.

    Raises:
        WorkerError: there is no docker client.
    """
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        engine = pool.submit(engine_facts, settings)
        found = pool.submit(builder_facts, settings, builder)
        return engine.result(), found.result()


def _docker(settings: Settings, *arguments: str) -> Completed | None:
    """The outcome of a docker command; ``None`` when it took too long."""
    try:
        return run(["docker", *arguments], env=docker_environment(settings), timeout=_SECONDS)
    except ProcessTimeoutError:
        return None
