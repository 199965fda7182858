"""One run of FLOps' builder, from its first word to its last, and the exit code of the contract."""

import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from fedbake.errors import FedbakeError
from fedbake.flops.arguments import Arguments, Common, WrongArgumentsError, parse
from fedbake.flops.choices import audience
from fedbake.flops.narration import Narration
from fedbake.flops.stopping import Stopped, raise_when_stopped, stop_no_more
from fedbake.flops.stopwatch import Stopwatch
from fedbake.publish.notice import Subject
from fedbake.publish.notifications import Notifications
from fedbake.report.error import as_lines
from fedbake.settings import Settings

DONE = 0
FAILED = 1
WRONG_ARGUMENTS = 2


def run(words: Sequence[str], settings: Settings, log: IO[str]) -> int:
    """Do what the command line says.

    Args:
        words: the command line without the program's name.
        settings: how this machine reaches the outside.
        log: takes what a person may want to read about the run.

    Returns:
        0 when the images stand in the registry, 1 when they do not and the manager was told why, 2 when the command
        line is not the contract's.

    Raises:
        Exception: a defect of fedbake, after the manager was told.
    """
    watch = Stopwatch()
    raise_when_stopped()
    try:
        arguments = parse(words)
    except WrongArgumentsError as error:
        _log(error, log)
        if error.subject is not None and error.common is not None:
            with _notifications(error.common, error.subject, settings, log) as notices:
                stop_no_more()
                notices.failed(_text(error))
        return WRONG_ARGUMENTS
    except Stopped as stop:
        print(_stopped(stop), file=log)
        return FAILED
    try:
        return _run(arguments, settings, watch, log)
    except FedbakeError as error:
        _log(error, log)
        return FAILED


def _run(arguments: Arguments, settings: Settings, watch: Stopwatch, log: IO[str]) -> int:
    with _notifications(arguments.common, arguments.subject, settings, log) as notices:
        try:
            notices.started()
            # Whoever is told that the builder has started does not wait for its imports.
            from fedbake.flops.work import work

            work(arguments, settings, Narration(log, notices.tell, watch))
        except FedbakeError as error:
            stop_no_more()
            _log(error, log)
            notices.failed(_text(error))
            return FAILED
        except Stopped as stop:
            print(_stopped(stop), file=log)
            notices.failed(_stopped(stop))
            return FAILED
        except BaseException as error:
            stop_no_more()
            notices.failed(_internal(error))
            raise
        stop_no_more()
        notices.success(watch.timings(arguments.subject))
    return DONE


def _notifications(common: Common, subject: Subject, settings: Settings, log: IO[str]) -> Notifications:
    def report(line: str) -> None:
        print(line, file=log, flush=True)

    outbox = settings.state_dir / "outbox.sqlite"
    return Notifications(common.project, subject, audience(common, settings.environment), outbox, report)


def _log(error: FedbakeError, log: IO[str]) -> None:
    print(f"error: {_text(error)}", file=log, flush=True)


def _text(error: FedbakeError) -> str:
    return "\n".join(as_lines(error))


def _stopped(stop: Stopped) -> str:
    return f"stopped by {stop.name}"


def _internal(error: BaseException) -> str:
    """What an unexpected exception is called: its own text may hold anything, and stays in the log."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"internal error of fedbake: {type(error).__name__}{place}; the builder's log has more"
