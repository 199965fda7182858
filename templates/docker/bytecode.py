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
