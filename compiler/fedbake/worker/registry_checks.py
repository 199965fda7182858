"""What a worker needs of its registry: that it answers, how it is protected, and whether the engine knows."""

import ipaddress
from dataclasses import dataclass, replace

from fedbake.errors import FedbakeError
from fedbake.registry.connection import Connection
from fedbake.registry.credentials import credentials_for
from fedbake.settings import Settings
from fedbake.worker.certificates import allow_authority, engine_distrusts
from fedbake.worker.check import Check, Status
from fedbake.worker.docker_facts import BuilderFacts, EngineFacts
from fedbake.worker.plain_http import allow_plain_http
from fedbake.worker.registry import RegistryAddress

_FIX = "fedbake doctor --fix makes this machine ready"


@dataclass(frozen=True, slots=True)
class RegistryFacts:
    """What a registry said.

    Attributes:
        plain: whether it speaks plain HTTP.
        status: of its answer to the base request (OCI distribution specification, end-1), with the login that is kept.
        login: whether Docker keeps one for it.
        problem: why there is no answer, when there is none.
        hint: what to do about that.
    """

    plain: bool = False
    status: int = 0
    login: bool = False
    problem: str | None = None
    hint: str | None = None


def registry_facts(settings: Settings, address: RegistryAddress) -> RegistryFacts:
    """Ask a registry, once and without patience."""
    connection = Connection(str(address), replace(settings, patience=0.0), lambda _: None)
    try:
        login = credentials_for(str(address), settings) is not None
        plain = connection.is_plain
        return RegistryFacts(plain, connection.ask("GET", "/v2/", "", {}).status, login)
    except FedbakeError as error:
        return RegistryFacts(problem=error.message, hint=error.hint)
    finally:
        connection.close()


def registry_checks(address: RegistryAddress, found: RegistryFacts, engine: EngineFacts) -> tuple[Check, ...]:
    """Judge what a registry said. What depends on its answer is looked at only when there is one."""
    answers = _check_answer(address, found)
    if answers.status is Status.MISSING:
        return (answers,)
    login = _check_login(address, found)
    return (
        (answers, login, _check_plain_http(address, engine))
        if found.plain and not address.is_loopback
        else (
            answers,
            login,
        )
    )


def _check_answer(address: RegistryAddress, found: RegistryFacts) -> Check:
    facts: dict[str, str | int] = {"registry": str(address), "plain_http": int(found.plain)}
    if found.problem is None and found.status in {200, 401, 403}:
        how = " over plain HTTP" if found.plain and not address.is_loopback else ""
        return Check("registry", Status.OK, f"a registry answers at {address}{how}", facts=facts)
    if address.is_loopback:
        return Check("registry", Status.MISSING, f"no registry answers at {address}", _FIX, facts)
    reason = found.problem or f"what answers there is none ({found.status})"
    hint = found.hint or "check the address, the network and the CA bundle"
    return Check("registry", Status.MISSING, f"no registry answers at {address}: {reason}", hint, facts)


def _check_login(address: RegistryAddress, found: RegistryFacts) -> Check:
    log_in = f"docker login {address}, with an account that may push"
    if found.plain and found.login and not address.is_loopback:
        message = f"a login is kept for {address}, and over plain HTTP it would be sent unprotected"
        return Check("login", Status.MISSING, message, f"let it serve TLS, or docker logout {address}")
    if found.status in {401, 403}:
        what = "refuses the login that is kept" if found.login else "wants a login, and none is kept"
        return Check("login", Status.MISSING, f"{address} {what}", log_in)
    return Check("login", Status.OK, f"{address} takes the login that is kept" if found.login else "no login is needed")


def certificate_checks(
    settings: Settings, address: RegistryAddress, found: RegistryFacts, builder: BuilderFacts
) -> tuple[Check, ...]:
    """The complaint about an engine that does not trust a registry fedbake trusts.

    Only an engine that is itself the builder can be asked, and on loopback it trusts every certificate.

    Raises:
        WorkerError: there is no docker client.
    """
    asked = found.problem is None and not found.plain and not address.is_loopback and builder.driver == "docker"
    if not asked or not engine_distrusts(settings, str(address)):
        return ()
    message = f"the engine does not trust the authority that signed the certificate of {address}; fedbake does"
    return (Check("certificate", Status.MISSING, message, allow_authority(str(address))),)


def _check_plain_http(address: RegistryAddress, engine: EngineFacts) -> Check:
    """Pushing works without the engine's consent; reading a base image there does not."""
    if any(_covers(entry, address) for entry in engine.plain_http):
        return Check("plain-http", Status.OK, f"the engine reads base images of {address} over plain HTTP")
    message = f"images can be pushed to {address}, but no base image can be read there: it speaks plain HTTP"
    return Check("plain-http", Status.WARNING, message, allow_plain_http(str(address)))


def _covers(entry: str, address: RegistryAddress) -> bool:
    """Whether an entry of the engine's ``insecure-registries``, a host or a network (CIDR), means a registry."""
    if entry == str(address):
        return True
    try:
        return ipaddress.ip_address(address.host.strip("[]")) in ipaddress.ip_network(entry)
    except ValueError:
        return False
