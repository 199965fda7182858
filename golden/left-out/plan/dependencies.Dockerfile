# The dependencies of build plan 231116b2ceac. Made by fedbake; REPORT.md says what was decided and why.
# Packages are unpacked for their platform on the builder's own CPU; nothing is emulated.

ARG PYTHON_BASE=docker.io/library/python:3.11-slim-bookworm@sha256:1111111111111111111111111111111111111111111111111111111111111111

# uv 0.13.9, the installer, for whichever CPU the builder has; the checksum makes the download exact.
FROM --platform=$BUILDPLATFORM ${PYTHON_BASE} AS uv-amd64
ADD --checksum=sha256:d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19 \
    https://files.pythonhosted.org/packages/3d/aa/26d64642d808de4a652579ef950d7cd2d37f080a8babf9c67c6b75fc4c3f/uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl \
    /uv.whl

FROM --platform=$BUILDPLATFORM ${PYTHON_BASE} AS uv-arm64
ADD --checksum=sha256:5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe \
    https://files.pythonhosted.org/packages/57/15/94b6cd62ac3ff6550288328e8035288875197cbc183f51554b266a69877b/uv-0.13.9-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl \
    /uv.whl

FROM uv-${BUILDARCH} AS installer
RUN python3 -m zipfile -e /uv.whl /tmp/uv \
 && install -m 0755 /tmp/uv/uv-0.13.9.data/scripts/uv /usr/local/bin/uv \
 && rm -r /tmp/uv /uv.whl
# Bytecode that is never checked against its source starts faster and does not depend on file times.
COPY <<"EOF" /usr/local/lib/bytecode.py
"""Compile the modules below a folder, where a build step has unpacked packages for any platform.

Bytecode depends on Python's release, the source and its path, not on the CPU: what an earlier build has compiled is
found in a cache, by the digest of these. Packages' tests stay source; no actor runs them.
"""

import fcntl
import hashlib
import importlib.util
import os
import py_compile
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

CACHE = Path(os.environ.get("BYTECODE_CACHE", "/var/cache/bytecode"))
TESTS = {"test", "tests"}


def compile_module(source: Path, final: Path) -> None:
    """Put a module's bytecode where Python looks for it; a file this Python cannot read is left alone.

    Args:
        source: where the module is now.
        final: where it will be in the image.
    """
    key = hashlib.sha256(f"{sys.version} {final}\0".encode() + source.read_bytes()).hexdigest()
    kept, target = CACHE / key[:2] / key, Path(importlib.util.cache_from_source(source))
    if not kept.exists():
        try:
            mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
            py_compile.compile(str(source), str(kept), str(final), doraise=True, invalidation_mode=mode)
        except (py_compile.PyCompileError, ValueError):
            return
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(kept, target)


def modules(root: Path) -> list[Path]:
    """The modules below a folder, but for those of tests."""
    return [path for path in sorted(root.rglob("*.py")) if TESTS.isdisjoint(path.relative_to(root).parts)]


if __name__ == "__main__":
    # Where packages will be in the image, and the folders they are in until then: the same one, when none is given.
    image, *folders = map(Path, sys.argv[1:])
    found = {module: image / module.relative_to(root) for root in folders or [image] for module in modules(root)}
    CACHE.mkdir(parents=True, exist_ok=True)
    # One environment after the other: each uses every CPU, and the next one finds in the cache what is the same.
    with (CACHE / "lock").open("w") as lock, ProcessPoolExecutor() as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        list(pool.map(compile_module, found.keys(), found.values(), chunksize=16))
EOF
ENV UV_CACHE_DIR=/var/cache/uv \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
# Below, every installation mounts the secret `ca` when the builder gives one: the CA bundle of a site behind an
# inspecting proxy. It reaches no layer. The caches hold nothing but wheels whose hash was checked, and their bytecode.

# A package is mostly the same for every CPU: what is equal becomes one layer, made and stored once for all platforms.
COPY <<"EOF" /usr/local/lib/layers.py
"""Separate trees of files, one for each platform, into what all of them have in common and what only each one has.

Modules and data of a package are mostly the same for every CPU: they become one layer of all images. Only files that
are equal byte for byte, with equal permissions, move; whatever packages say about their files is not believed.
"""

import os
import stat
import sys
from collections.abc import Iterator, Sequence

BLOCK = 2**20
"""Bytes that are compared at a time."""


def separate(shared: str, first: str, *others: str) -> None:
    """Move what is equal in all trees into ``shared``, and leave the rest where it is.

    Args:
        shared: the root of what is common; files may be there already.
        first: the root of one tree, and ``others`` those of the others; made where they are missing, kept when empty.
    """
    for tree in (first, *others):
        os.makedirs(tree, exist_ok=True)
    for folder, files in list(_folders(first)):
        equal = [file for file in files if all(_equal(first + file, other + file) for other in others)]
        if equal:
            os.makedirs(shared + folder, exist_ok=True)
        for file in equal:
            os.rename(first + file, shared + file)
            for other in others:
                os.unlink(other + file)
    for tree in (first, *others):
        _remove_empty(tree)


def _folders(root: str, folder: str = "") -> Iterator[tuple[str, Sequence[str]]]:
    """Every folder below a root with its files and links; all are paths below the root that begin with a slash."""
    with os.scandir(root + folder) as entries:
        found = {f"{folder}/{entry.name}": entry.is_dir(follow_symlinks=False) for entry in entries}
    yield folder, [path for path, is_folder in found.items() if not is_folder]
    for path, is_folder in found.items():
        if is_folder:
            yield from _folders(root, path)


def _equal(one: str, other: str) -> bool:
    try:
        here, there = os.lstat(one), os.lstat(other)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if here.st_mode != there.st_mode or here.st_size != there.st_size:
        return False
    if stat.S_ISLNK(here.st_mode):
        return os.readlink(one) == os.readlink(other)
    return stat.S_ISREG(here.st_mode) and _equal_content(one, other)


def _equal_content(one: str, other: str) -> bool:
    with open(one, "rb", buffering=0) as here, open(other, "rb", buffering=0) as there:
        while block := here.read(BLOCK):
            if block != there.read(BLOCK):
                return False
    return True


def _remove_empty(tree: str) -> None:
    for folder, _, _ in os.walk(tree, topdown=False):
        if folder != tree and not os.listdir(folder):
            os.rmdir(folder)


if __name__ == "__main__":
    separate(*sys.argv[1:])
EOF

# Dependencies all images share, installed for each platform.
FROM installer AS deps-actors
RUN --mount=type=cache,id=fedbake-uv,target=/var/cache/uv \
    --mount=type=cache,id=fedbake-bytecode,target=/var/cache/bytecode \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=bind,source=locks/actors.linux-amd64.txt,target=/requirements/amd64.txt \
    --mount=type=bind,source=locks/actors.linux-arm64.txt,target=/requirements/arm64.txt \
    uv venv --quiet --no-project --python python3 /opt/venv \
 && uv pip install --python /opt/venv --prefix /opt/linux-amd64 --python-platform x86_64-manylinux_2_28 \
      --no-deps --require-hashes --only-binary :all: --requirements /requirements/amd64.txt \
 && uv pip install --python /opt/venv --prefix /opt/linux-arm64 --python-platform aarch64-manylinux_2_28 \
      --no-deps --require-hashes --only-binary :all: --requirements /requirements/arm64.txt \
 && python3 /usr/local/lib/layers.py /opt/venv /opt/linux-amd64 /opt/linux-arm64 \
 && python3 -W ignore /usr/local/lib/bytecode.py /opt/venv \
      /opt/venv /opt/linux-amd64 /opt/linux-arm64

# What only the aggregator needs, installed for each platform.
FROM installer AS deps-aggregator
RUN --mount=type=cache,id=fedbake-uv,target=/var/cache/uv \
    --mount=type=cache,id=fedbake-bytecode,target=/var/cache/bytecode \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=bind,source=locks/aggregator.linux-amd64.txt,target=/requirements/amd64.txt \
    --mount=type=bind,source=locks/aggregator.linux-arm64.txt,target=/requirements/arm64.txt \
    uv venv --quiet --no-project --python python3 /opt/venv \
 && uv pip install --python /opt/venv --prefix /opt/linux-amd64 --python-platform x86_64-manylinux_2_28 \
      --no-deps --require-hashes --only-binary :all: --requirements /requirements/amd64.txt \
 && uv pip install --python /opt/venv --prefix /opt/linux-arm64 --python-platform aarch64-manylinux_2_28 \
      --no-deps --require-hashes --only-binary :all: --requirements /requirements/arm64.txt \
 && python3 /usr/local/lib/layers.py /opt/venv /opt/linux-amd64 /opt/linux-arm64 \
 && python3 -W ignore /usr/local/lib/bytecode.py /opt/venv \
      /opt/venv /opt/linux-amd64 /opt/linux-arm64
