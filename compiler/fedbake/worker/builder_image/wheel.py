"""This very copy of fedbake as a wheel (PyPA, "Binary distribution format"), from a checkout as from an installed one.

Equal files make equal bytes, so that an image is built anew only when fedbake changed.
"""

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import fedbake
from fedbake.errors import UsageError
from fedbake.resources import shipped

_TIME = (1980, 1, 1, 0, 0, 0)
_WHEEL = "Wheel-Version: 1.0\nGenerator: fedbake\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def write_wheel(folder: Path) -> Path:
    """Write the wheel of this copy of fedbake into a folder.

    Raises:
        UsageError: fedbake is not installed, so that nothing says which version it is and what it starts.
    """
    try:
        installed = distribution("fedbake")
    except PackageNotFoundError as error:
        raise UsageError("this fedbake is not installed", hint="install it: pip install .") from error
    information = f"fedbake-{installed.version}.dist-info"
    content = {
        **_files(Path(fedbake.__file__).parent, "fedbake"),
        **_files(shipped("templates"), "fedbake/templates"),
        **_files(shipped("rules"), "fedbake/rules"),
        f"{information}/METADATA": (installed.read_text("METADATA") or "").encode(),
        f"{information}/entry_points.txt": (installed.read_text("entry_points.txt") or "").encode(),
        f"{information}/WHEEL": _WHEEL.encode(),
    }
    content[f"{information}/RECORD"] = _record(content, f"{information}/RECORD")
    path = folder / f"fedbake-{installed.version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(content.items()):
            member = zipfile.ZipInfo(name, _TIME)
            member.external_attr = 0o644 << 16
            archive.writestr(member, data, zipfile.ZIP_DEFLATED)
    return path


def _files(top: Path, below: str) -> dict[str, bytes]:
    return {
        f"{below}/{path.relative_to(top).as_posix()}": path.read_bytes()
        for path in top.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _record(content: Mapping[str, bytes], own: str) -> bytes:
    lines = [f"{name},sha256={_sha256(data)},{len(data)}\n" for name, data in sorted(content.items())]
    return "".join([*lines, f"{own},,\n"]).encode()


def _sha256(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode("ascii")
