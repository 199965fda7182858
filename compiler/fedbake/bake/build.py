"""Running `docker buildx bake` and following what it does."""

from threading import Lock

from fedbake.bake.builder import Builder
from fedbake.bake.directory import PlanDirectory
from fedbake.bake.event import Event, PhaseStarted
from fedbake.bake.eventlog import EventLog
from fedbake.bake.failure import explain
from fedbake.bake.invocation import Invocation, bake_argv
from fedbake.bake.progress import BuildProgress
from fedbake.bake.rawjson import Decoder, Message
from fedbake.bake.view import View
from fedbake.errors import BuildError
from fedbake.process import ProcessTimeoutError, run
from fedbake.settings import Settings
from fedbake.worker.environment import docker_environment

_NO_PROVENANCE_COPY = {"BUILDX_METADATA_PROVENANCE": "disabled"}
"""Since 0.14 buildx fetches the provenance of every image once more, to copy it into the metadata file."""


class Reporter:
    """Where events go: to whoever watches, and into the log when there is one. Several threads may use it."""

    def __init__(self, view: View, log: EventLog | None = None) -> None:
        self._view = view
        self._log = log
        self._lock = Lock()

    def report(self, event: Event) -> None:
        """Pass an event on.

        Raises:
            WorkerError: the log cannot be written.
        """
        with self._lock:
            if self._log is not None:
                self._log.write(event)
            self._view.show(event)

    def notice(self, line: str) -> None:
        """Tell that something is tried again (`fedbake.transient.Notice`).

        Raises:
            WorkerError: the log cannot be written.
        """
        self.report(PhaseStarted("waiting", line))

    def watch(self, progress: BuildProgress) -> None:
        """Let the view follow a build."""
        self._view.watch(progress)


class _Follower:
    """Takes the lines of the progress stream, on the thread that reads it.

    A failure here, such as a full disk under the log, must not stop the reading: buildx would wait for ever on a full
    pipe. It is kept, and raised when buildx has ended.
    """

    def __init__(self, progress: BuildProgress, reporter: Reporter) -> None:
        self._progress = progress
        self._reporter = reporter
        self._decoder = Decoder()
        self.failure: Exception | None = None

    def take(self, line: str) -> None:
        for message in self._decoder.feed(line):
            self._apply(message)

    def finish(self) -> None:
        for message in self._decoder.rest():
            self._apply(message)

    def _apply(self, message: Message) -> None:
        events = self._progress.apply(message)
        if self.failure is None:
            try:
                for event in events:
                    self._reporter.report(event)
            except Exception as error:
                self.failure = error


def build(
    directory: PlanDirectory,
    builder: Builder,
    invocation: Invocation,
    settings: Settings,
    reporter: Reporter,
    timeout: float,
    progress: BuildProgress,
) -> None:
    """Build a plan's targets with one buildx process.

    Args:
        directory: the checked plan directory; buildx runs in it.
        builder: what builds.
        invocation: what is built and where the images go.
        settings: how this machine reaches the outside.
        reporter: takes the events.
        timeout: seconds after which the build is ended.
        progress: takes the state of all steps, also of a build that fails.

    Raises:
        BuildError: a step or a check failed, or the time was over.
        PushError: the registry did not take an image.
        TransientError: the registry failed in a way that may pass.
        EngineStoppedError: the engine is gone.
        WorkerError: a disk is full.
        KeyboardInterrupt: the user interrupted; buildx was told first and has ended.
    """
    reporter.watch(progress)
    follower = _Follower(progress, reporter)
    argv = bake_argv(directory.plan, builder, invocation)
    environment = docker_environment(settings) | _NO_PROVENANCE_COPY
    try:
        done = run(argv, env=environment, cwd=directory.path, timeout=timeout, on_stderr_line=follower.take)
    except ProcessTimeoutError as error:
        hint = "a longer time can be given with --timeout; no tag was moved"
        raise BuildError(f"the build did not end within {timeout:.0f} seconds", hint=hint) from error
    follower.finish()
    if follower.failure is not None:
        raise follower.failure
    if done.code != 0:
        raise explain(progress)
