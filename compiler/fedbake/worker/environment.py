"""The environments other programs are run with: built from nothing, with fixed names picked from the user's."""

from fedbake.settings import Settings

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where Debian's programs are. Daemons lie in ``sbin``, which the PATH of a user may lack."""

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
_DOCKER = (
    *("HOME", "DOCKER_CONFIG", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY"),
    "BUILDX_CONFIG",
)


def search_path(settings: Settings) -> str:
    """The user's PATH, then every system folder it lacks; relative and empty entries are left out.

    An empty entry means the current directory, and a bake runs inside a plan directory.
    """
    given = settings.environment.get("PATH", "").split(":")
    ordered = dict.fromkeys([*given, *SYSTEM_PATH.split(":")])
    return ":".join(folder for folder in ordered if folder.startswith("/"))


def docker_environment(settings: Settings) -> dict[str, str]:
    """The whole environment `docker` and `docker buildx` are run with.

    It names the programs, the engine, the user's registry credentials and the proxies, and nothing else: a bake file
    takes an equally named variable from the environment, and ``SOURCE_DATE_EPOCH`` would be added to every target
    (buildx, "Bake file reference"). ``SSL_CERT_FILE`` is what Go programs read a CA bundle from.
    """
    bundle = {"SSL_CERT_FILE": str(settings.ca_bundle)} if settings.ca_bundle else {}
    return {"PATH": search_path(settings), **settings.pick(*_DOCKER, *_PROXIES), **bundle}


def system_environment(settings: Settings) -> dict[str, str]:
    """The whole environment of Debian's own tools and of the services fedbake starts; output in English."""
    bundle = {"SSL_CERT_FILE": str(settings.ca_bundle)} if settings.ca_bundle else {}
    return {
        "PATH": SYSTEM_PATH,
        "LC_ALL": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
        **settings.pick("HOME", *_PROXIES),
        **bundle,
    }
