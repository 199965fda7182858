"""Compile the modules below a folder, where a build step has unpacked packages for any platform.

Bytecode depends on Python's release, the source and its path, not on the CPU: what was compiled for another platform or
an earlier build is found in a cache, by the digest of these. Packages' tests stay source; no actor runs them.
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


def compile_module(source: Path) -> None:
    """Put a module's bytecode where Python looks for it; a file this Python cannot read is left alone."""
    key = hashlib.sha256(f"{sys.version} {source}\0".encode() + source.read_bytes()).hexdigest()
    kept, target = CACHE / key[:2] / key, Path(importlib.util.cache_from_source(source))
    if not kept.exists():
        try:
            mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
            py_compile.compile(str(source), str(kept), doraise=True, invalidation_mode=mode)
        except (py_compile.PyCompileError, ValueError):
            return
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(kept, target)


if __name__ == "__main__":
    root = Path(sys.argv[1])
    sources = [path for path in sorted(root.rglob("*.py")) if TESTS.isdisjoint(path.relative_to(root).parts)]
    CACHE.mkdir(parents=True, exist_ok=True)
    # One environment after the other: each uses every CPU, and the next one finds in the cache what is the same.
    with (CACHE / "lock").open("w") as lock, ProcessPoolExecutor() as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        list(pool.map(compile_module, sources, chunksize=16))
