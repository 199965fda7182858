"""Why a bake failed, by where it happened: the machine, a build step, a check, the registry."""

import re

from fedbake.bake.progress import BuildProgress, Failure
from fedbake.errors import BuildError, FedbakeError, PushError, TransientError, WorkerError
from fedbake.render.bakefile import CHECK_PREFIX
from fedbake.source.text import printable
from fedbake.transient import EngineStoppedError, engine_stopped, passing_text
from fedbake.worker.certificates import allow_authority, distrusted_host
from fedbake.worker.plain_http import allow_plain_http

_SHOWN_LINES = 15
_DISK_FULL = "no space left on device"
_PLAIN_HTTP = "server gave HTTP response to HTTPS client"
_WRONG_FORMAT = "exec format error"
_PUSH = re.compile(r"failed to push|failed commit on ref|pushing|failed to copy", re.IGNORECASE)
_DENIED = re.compile(r"(?<![\w-])40[13] [A-Z]|unauthorized|forbidden|denied|authorization failed", re.IGNORECASE)
_PROGRAM = re.compile(r"did not complete successfully: (?:exit code: ([0-9]+)|.*)", re.DOTALL)
_BASE = re.compile(r"failed to resolve source metadata for (\S+?):? ")


def explain(progress: BuildProgress) -> FedbakeError:
    """The error to report after buildx failed."""
    failures = progress.failures()
    first = _culprit(progress, failures)
    said = _error_line(progress)
    everything = "\n".join([said, *(failure.error for failure in failures), *(first.tail if first else ())])
    machine = _machine_failed(everything, said, first)
    if machine is not None:
        return machine
    if first is not None and first.step is not None and _PROGRAM.search(first.error):
        return _program_failed(first)
    if engine_stopped(said):
        hint = "see the engine's log, then run again; fedbake doctor looks at the engine"
        return EngineStoppedError("the Docker Engine cannot be reached, or stopped during the build", hint=hint)
    pushing = [text for text in (said, first.error if first else "") if _PUSH.search(text)]
    if pushing or (first is not None and _PUSH.search(first.name)):
        return _push_failed((pushing or [said])[0])
    return _other(said, first)


def _machine_failed(everything: str, said: str, first: Failure | None) -> WorkerError | None:
    """What is wrong with the machine that builds, whatever it was doing; ``None`` when nothing is."""
    if _DISK_FULL in everything.lower():
        return _disk_full(said, first)
    if _WRONG_FORMAT in everything:
        hint = "fedbake doctor --fix registers the emulator"
        return WorkerError("a program for another architecture cannot run: no emulator", where=_name(first), hint=hint)
    host = distrusted_host(said)
    return _untrusted(host, said) if host is not None else None


def _disk_full(said: str, first: Failure | None) -> WorkerError:
    """The engine's disk; when nothing failed in the engine, the one buildx writes temporary files to."""
    if first is None and said.startswith("write "):
        hint = "free some space there, then run again; TMPDIR names another folder for temporary files"
        return WorkerError("a file of buildx cannot be written, as the disk is full", hint=hint, details=(said,))
    hint = "free some space, such as with docker buildx prune, then run again; fedbake doctor shows what is free"
    return WorkerError("the disk of the engine is full", where=_name(first), hint=hint)


def _name(failure: Failure | None) -> str | None:
    return failure.name if failure is not None else None


def _error_line(progress: BuildProgress) -> str:
    """The last thing buildx itself said, which is why it gave up."""
    lines = progress.said
    error = next((line for line in reversed(lines) if line.startswith("ERROR:")), lines[-1] if lines else "")
    return error.removeprefix("ERROR:").strip().removeprefix("failed to solve: ")


def _culprit(progress: BuildProgress, failures: tuple[Failure, ...]) -> Failure | None:
    """The failure buildx gave up for; failures that only followed from it come after it or are not named by it."""
    said = _error_line(progress)
    named = [failure for failure in failures if _same(failure.error, said)]
    return next(iter(named or failures), None)


def _same(error: str, said: str) -> bool:
    return printable(error, 4000) in said


def _program_failed(failure: Failure) -> BuildError:
    match = _PROGRAM.search(failure.error)
    code = f" with exit code {match[1]}" if match is not None and match[1] else ""
    step = failure.step
    if step is not None and step.is_check:
        image = step.target.removeprefix(CHECK_PREFIX)
        message = f"verification failed{code}: the {image} does not pass its checks on {step.platform.value}"
        hint = "the image was built, but does not work; no tag was moved"
        return BuildError(message, where=failure.name, hint=hint, details=failure.tail[-_SHOWN_LINES:])
    message = f"a build step failed{code}"
    details = failure.tail[-_SHOWN_LINES:] or (printable(failure.error),)
    return BuildError(message, where=failure.name, hint="no tag was moved; the step's output says why", details=details)


def _push_failed(error: str) -> FedbakeError:
    said = printable(error, 600)
    if _DENIED.search(error):
        hint = "docker login, with an account that may push there"
        return PushError("the registry refuses the push", hint=hint, details=(said,))
    if passing_text(error):
        return TransientError(
            "the registry failed during the push; no tag was moved", hint="try again", details=(said,)
        )
    hint = "check that the registry is running and has space; no tag was moved"
    return PushError("the push failed", hint=hint, details=(said,))


def _untrusted(host: str, said: str) -> WorkerError:
    """Pushes are tried with what the builder is told from then on; what it reads, it remembers (BuildKit, pool.go)."""
    base = _BASE.search(said)
    hint = allow_authority(host)
    if base is not None:
        hint += "; an image it has asked for in vain, it asks for anew after five minutes or a restart"
    message = "the builder does not trust the authority that signed the registry's certificate; no tag was moved"
    where = host if base is None else printable(base[1])
    return WorkerError(message, where=where, hint=hint, details=(printable(said, 600),))


def _other(said: str, first: Failure | None) -> FedbakeError:
    base = _BASE.search(said)
    if base is not None:
        image = printable(base[1])
        details = (printable(said, 600),)
        if _PLAIN_HTTP in said:
            host = image.partition("/")[0]
            message = f"the builder reads base images of {host} over TLS only, and that registry speaks plain HTTP"
            return WorkerError(message, where=image, hint=allow_plain_http(host), details=details)
        if passing_text(said):
            return TransientError(
                "the registry of the base image failed", where=image, hint="try again", details=details
            )
        hint = "check the reference, the registry and the login; fedbake base-image makes base images"
        return BuildError("the base image cannot be read", where=image, hint=hint, details=details)
    tail = first.tail[-_SHOWN_LINES:] if first is not None else ()
    return BuildError(
        f"the build failed: {printable(said) or 'buildx gave no reason'}", where=_name(first), details=tail
    )
