"""The user's own credentials for one https URL: ``~/.netrc``, then the credential helpers of their git configuration.

Only here is the user's configuration consulted, and only after a server asked for a login. Nothing prompts.
"""

import netrc
import os
from pathlib import Path

from fedbake.process import ProcessTimeoutError, run
from fedbake.settings import Settings
from fedbake.source.location import Login, Remote

_HELPER_SECONDS = 30
# What common helpers (store, cache, libsecret, pass, gh, Git Credential Manager) need to find their storage.
_HELPER_VARIABLES = (
    "HOME",
    "USER",
    "LOGNAME",
    "PATH",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "GNUPGHOME",
    "PASSWORD_STORE_DIR",
    "GH_CONFIG_DIR",
    "GH_HOST",
    "GH_TOKEN",
    "GITHUB_TOKEN",
)


def find_login(remote: Remote, settings: Settings, private_directory: Path) -> Login | None:
    """The login for a URL, or ``None`` when the user keeps none for it.

    Args:
        private_directory: an empty directory of ours to run git in, so that no repository's configuration counts.
    """
    return _from_netrc(remote, settings) or _from_helpers(remote, settings, private_directory)


def _from_netrc(remote: Remote, settings: Settings) -> Login | None:
    home = settings.environment.get("HOME")
    path = Path(settings.environment.get("NETRC") or Path(home or "/nonexistent") / ".netrc")
    if not path.is_file():
        return None
    try:
        found = netrc.netrc(str(path)).hosts.get(remote.host)
    except (netrc.NetrcParseError, OSError, UnicodeDecodeError):
        # Not ours to repair: the helpers may still know the login, and if not, the server's refusal is shown.
        return None
    if found is None or (remote.user and found[0] and found[0] != remote.user):
        return None
    return Login(found[0] or remote.user or "", found[2] or "")


def _from_helpers(remote: Remote, settings: Settings, private_directory: Path) -> Login | None:
    question = {"protocol": remote.scheme, "host": remote.authority, "path": remote.path[1:]}
    if remote.user:
        question["username"] = remote.user
    try:
        answer = run(
            ["git", "credential", "fill"],
            env={
                "PATH": os.defpath,
                **settings.pick(*_HELPER_VARIABLES),
                "LC_ALL": "C",
                "GIT_TERMINAL_PROMPT": "0",
                "GIT_ASKPASS": "/bin/false",
                "SSH_ASKPASS_REQUIRE": "never",
                "GCM_INTERACTIVE": "never",
                "GIT_CEILING_DIRECTORIES": str(private_directory.parent),
            },
            cwd=private_directory,
            timeout=_HELPER_SECONDS,
            stdin="".join(f"{key}={value}\n" for key, value in question.items()).encode() + b"\n",
        )
    except ProcessTimeoutError:
        return None
    fields = dict(line.split("=", 1) for line in answer.text.splitlines() if "=" in line)
    if answer.code != 0 or "password" not in fields:
        return None
    return Login(fields.get("username", ""), fields["password"])
