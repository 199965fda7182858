"""What a user is told when a build fails, from what buildx really said."""

import pytest
from recordings import replayed

from fedbake.bake.failure import explain
from fedbake.bake.progress import BuildProgress
from fedbake.bake.rawjson import Log, Text, Vertex
from fedbake.errors import BuildError, PushError, TransientError, WorkerError
from fedbake.transient import EngineStoppedError


def test_a_failing_step_is_named_with_its_platform_and_its_last_words() -> None:
    error = explain(replayed("failed-step")[0])
    assert isinstance(error, BuildError)
    assert error.message == "a build step failed with exit code 3"
    assert error.where is not None
    assert error.where.startswith("learner linux/")
    assert error.details[-2:] == ("now it breaks", "tail of the output")


def test_a_failing_check_is_called_verification() -> None:
    error = explain(replayed("failed-check")[0])
    assert isinstance(error, BuildError)
    assert error.message.startswith("verification failed with exit code 1: the ")
    assert "does not pass its checks on linux/" in error.message
    assert error.details[-1] == "ModuleNotFoundError: No module named 'nothing_like_that'"
    assert error.details[-2] == '  File "<string>", line 1, in <module>'


def test_a_refused_push_is_not_called_a_failed_build() -> None:
    error = explain(replayed("push-denied")[0])
    assert isinstance(error, PushError)
    assert "login" in (error.hint or "")


def test_a_registry_that_fails_by_itself_is_worth_another_try() -> None:
    assert isinstance(explain(replayed("push-server-error")[0]), TransientError)


def test_a_base_image_that_is_not_there_is_named() -> None:
    error = explain(replayed("missing-base")[0])
    assert isinstance(error, BuildError)
    assert error.where == "localhost:5000/nothing/here:1"


def said(*lines: str) -> BuildProgress:
    """A build of which buildx only said this."""
    progress = BuildProgress(frozenset())
    for line in lines:
        progress.apply(Text(line))
    return progress


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("ERROR: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?", EngineStoppedError),
        ("ERROR: failed to solve: rpc error: code = Unavailable desc = closing transport", EngineStoppedError),
        ("ERROR: failed to solve: failed to copy: write /var/x: no space left on device", WorkerError),
        ("ERROR: failed to push r/x:1: dial tcp 127.0.0.1:1: connect: connection refused", TransientError),
        ("ERROR: failed to push r/x:1: read tcp: read: connection reset by peer", TransientError),
        ("ERROR: failed to push r/x:1: authorization failed: no basic auth credentials", PushError),
        ("ERROR: failed to push r/x:1: unexpected status: 503 Service Unavailable", TransientError),
        ("ERROR: failed to push r/x:1: net/http: TLS handshake timeout", TransientError),
        ("ERROR: failed to push r/x:1: dial tcp: lookup r on 127.0.0.1:53: no such host", TransientError),
        ("ERROR: failed to push r/x:1: unexpected status: 507 Insufficient Storage", TransientError),
        ("ERROR: failed to push r/x:1: unexpected status: 413 Payload Too Large", PushError),
        ("ERROR: something nobody has seen before", BuildError),
        ("", BuildError),
    ],
)
def test_each_place_has_its_own_kind_of_error(line: str, kind: type[Exception]) -> None:
    assert type(explain(said("#1 building", line))) is kind


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ('failed to push r:1/x:1: failed to do request: Head "https://r:1/v2/x/blobs/y": ', "r:1"),
        ('failed to solve: r:1/b: failed to resolve source metadata for r:1/b: Head "https://r:1/v2/b": ', "r:1/b"),
    ],
)
def test_an_authority_the_builder_does_not_know_is_told_with_its_place(line: str, where: str) -> None:
    why = "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    error = explain(said("#1 building", f"ERROR: {line}{why}"))
    assert isinstance(error, WorkerError)
    assert error.where == where
    assert "/etc/docker/certs.d/r:1/ca.crt" in (error.hint or "")


def test_a_full_disk_inside_a_step_is_the_machines_fault() -> None:
    progress = BuildProgress(frozenset())
    name = "[learner linux/amd64 deps 2/2] RUN install"
    progress.apply(Log("v", b"OSError: [Errno 28] No space left on device\n"))
    progress.apply(Vertex("v", name, 1.0, 2.0, False, 'process "install" did not complete successfully: exit code: 1'))
    progress.apply(Text('ERROR: failed to solve: process "install" did not complete successfully: exit code: 1'))
    error = explain(progress)
    assert isinstance(error, WorkerError)
    assert error.where == "learner linux/amd64: RUN install"


def test_a_missing_emulator_is_called_that() -> None:
    progress = BuildProgress(frozenset())
    name = "[learner linux/arm64 compiled 2/2] RUN cc"
    problem = 'process "cc" did not complete successfully: exit code: 255'
    progress.apply(Log("v", b"exec /bin/sh: exec format error\n"))
    progress.apply(Vertex("v", name, 1.0, 2.0, False, problem))
    progress.apply(Text(f"ERROR: failed to solve: {problem}"))
    error = explain(progress)
    assert isinstance(error, WorkerError)
    assert "doctor --fix" in (error.hint or "")


def test_a_step_that_was_only_cancelled_is_never_the_reason() -> None:
    progress = BuildProgress(frozenset())
    problem = 'process "b" did not complete successfully: exit code: 2'
    cancelled = 'process "a" did not complete successfully: exit code: 1: context canceled: context canceled'
    progress.apply(Vertex("a", "[learner linux/amd64 x 2/2] RUN a", 1.0, 2.0, False, cancelled))
    progress.apply(Vertex("b", "[learner linux/arm64 x 2/2] RUN b", 1.0, 2.0, False, problem))
    progress.apply(Text(f"ERROR: failed to solve: {problem}"))
    assert explain(progress).where == "learner linux/arm64: RUN b"
