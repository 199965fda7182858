"""The plan directory: every file of it, written so that a reader sees the old plan or the new one, never a mix."""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

from fedbake.errors import FedbakeError, WorkerError
from fedbake.plan.assemble import Assembled
from fedbake.plan.context import Read
from fedbake.plan.model import BuildPlan
from fedbake.render.bakefile import DEPENDENCIES, bake_file
from fedbake.render.dockerfile import dependencies_dockerfile, dockerfile, dockerignore
from fedbake.render.hcl import to_hcl
from fedbake.render.place import SUMS, refuse_foreign
from fedbake.render.report import report
from fedbake.render.templates import Templates


def plan_json(plan: BuildPlan) -> str:
    """``plan.json``: the plan for machines and for reviewers of diffs, keys in the order of the model."""
    return plan.model_dump_json(indent=2, ensure_ascii=True) + "\n"


def rendered(assembled: Assembled, templates: Templates) -> dict[str, Read]:
    """Every file of the plan directory but ``SHA256SUMS``, by path.

    Raises:
        UsageError: a template is missing or prints something it must not.
    """
    plan = assembled.plan
    texts = {
        "plan.json": plan_json(plan),
        "REPORT.md": report(plan, templates),
        "docker-bake.hcl": to_hcl(bake_file(plan)),
        **assembled.locks,
    }
    dockerfiles = {f"{image.role.value}.Dockerfile": dockerfile(plan, image, templates) for image in plan.images}
    dockerfiles[DEPENDENCIES] = dependencies_dockerfile(plan, templates)
    for name, text in dockerfiles.items():
        texts[name] = text
        texts[f"{name}.dockerignore"] = dockerignore(templates)
    if assembled.patch:
        texts["fixes.patch"] = assembled.patch
    files: dict[str, Read] = {path: _constant(text) for path, text in texts.items()}
    return dict(sorted({**files, **assembled.context.readers}.items()))


def _constant(text: str) -> Read:
    content = (text.encode("utf-8"),)
    return lambda: content


def write_plan(assembled: Assembled, files: dict[str, Read], target: Path) -> None:
    """Write a plan directory, replacing an older plan at the same place as a whole.

    File times are the commit's and modes are fixed, so that layers copied from the directory are the same everywhere.

    Raises:
        UsageError: the target is something other than a plan or an empty folder.
        WorkerError: the disk is full or the folder cannot be written; an older plan is untouched.
    """
    refuse_foreign(target)
    temporary = target.parent / f".{target.name}.{secrets.token_hex(6)}"
    modes = {file.path: int(file.mode, 8) for file in assembled.plan.context}
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.mkdir()
        moment = assembled.plan.source.committed_at
        _fill(temporary, files, modes, moment)
        _settle(temporary, moment)
        _swap(temporary, target)
    except OSError as error:
        raise _cannot_write(error, target) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _fill(folder: Path, files: dict[str, Read], modes: dict[str, int], moment: int) -> None:
    # Texts in place of Path objects, and as few system calls as can be: there may be ten thousand files.
    sums, made = [], set()
    for path, read in files.items():
        parent = path.rpartition("/")[0]
        if parent not in made:
            (folder / parent).mkdir(parents=True, exist_ok=True)
            made.add(parent)
        sums.append(f"{_write(f'{folder}/{path}', read(), modes.get(path, 0o644), moment)}  {path}\n")
    _write(f"{folder}/{SUMS}", ["".join(sums).encode("utf-8")], 0o644, moment)


def _write(path: str, content: Iterable[bytes], mode: int, moment: int) -> str:
    """Write a file; its sha256."""
    digest = hashlib.sha256()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        for chunk in content:
            digest.update(chunk)
            left = memoryview(chunk)
            while left:
                left = left[os.write(handle, left) :]
        os.fchmod(handle, mode)
        os.utime(handle, (moment, moment))
    finally:
        os.close(handle)
    return digest.hexdigest()


def _settle(folder: Path, moment: int) -> None:
    """Give the folders their time, once nothing is written into them any more."""
    for parent, _, _ in os.walk(folder, topdown=False):
        os.utime(parent, (moment, moment))
        os.chmod(parent, 0o755)  # noqa: S103, PTH101 -- plans are made to be read; a restrictive umask must not change layers


def _swap(temporary: Path, target: Path) -> None:
    if not target.exists():
        temporary.rename(target)
        return
    old = target.parent / f".{target.name}.{secrets.token_hex(6)}.old"
    target.rename(old)
    try:
        temporary.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _cannot_write(error: OSError, target: Path) -> FedbakeError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return WorkerError(
            "the disk is full; nothing was written", where=str(target), hint="free some space, then run again"
        )
    return WorkerError(f"the plan cannot be written: {error.strerror}", where=str(target))
