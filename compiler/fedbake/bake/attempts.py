"""Building until it is done, or cannot be: what passes is waited for, and finished steps come from the cache."""

import time

from fedbake.bake.build import Reporter, build
from fedbake.bake.builder import Builder
from fedbake.bake.directory import PlanDirectory
from fedbake.bake.invocation import Invocation
from fedbake.bake.progress import BuildProgress
from fedbake.errors import TransientError
from fedbake.settings import Settings
from fedbake.transient import BUILD, EngineStoppedError, persistently
from fedbake.worker.docker_facts import builder_facts
from fedbake.worker.waiting import wait_until

_POLL_SECONDS = 0.5


def build_persistently(
    opened: PlanDirectory,
    builder: Builder,
    invocation: Invocation,
    settings: Settings,
    reporter: Reporter,
    timeout: float,
) -> list[BuildProgress]:
    """Build, and again after a failure that may pass.

    Args:
        opened: the checked plan directory.
        builder: what builds; one that restarts is waited for.
        invocation: what is built and where the images go.
        settings: how this machine reaches the outside, and how patient it is.
        reporter: takes the events, one for each new attempt.
        timeout: seconds for all attempts together.

    Returns:
        The state of every attempt; the last one succeeded.

    Raises:
        FedbakeError: as `build` says; what passes, when it did not pass in time.
    """
    attempts: list[BuildProgress] = []
    end = time.monotonic() + timeout

    def attempt() -> None:
        attempts.append(BuildProgress(builder.native))
        try:
            build(opened, builder, invocation, settings, reporter, end - time.monotonic(), attempts[-1])
        except EngineStoppedError as error:
            _await_engine(error, builder, settings, reporter)

    persistently(attempt, BUILD, settings.patience, reporter.notice, until=end)
    return attempts


def _await_engine(error: EngineStoppedError, builder: Builder, settings: Settings, reporter: Reporter) -> None:
    """Wait for an engine that may be restarting.

    Raises:
        TransientError: it is back.
        EngineStoppedError: it is not.
    """
    reporter.notice(f"{error.message}; waiting up to {settings.patience:.0f} s for it")

    def is_back() -> bool:
        found = builder_facts(settings, builder.name)
        return found.problem is None and bool(found.platforms)

    if not wait_until(is_back, settings.patience, _POLL_SECONDS):
        raise error
    raise TransientError("the engine stopped during the build, and is back", hint="see the engine's log") from error
