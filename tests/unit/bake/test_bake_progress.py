"""Following a build from what BuildKit really printed."""

import base64
import json

import pytest
from recordings import NAMES, lines, messages, replayed

from baking import BOTH, build_plan
from fedbake.bake.event import LogLine, State, StepChanged, as_json
from fedbake.bake.outcome import emulated_steps
from fedbake.bake.progress import BuildProgress, tally
from fedbake.bake.rawjson import Decoder, Log, Text, Vertex
from fedbake.bake.step import parse_step
from fedbake.bake.view import PlainLines
from fedbake.names import Platform


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_a_recording_becomes_a_message_or_stays_text(name: str) -> None:
    found = messages(name)
    assert sum(isinstance(message, Vertex) for message in found) > 10
    said = [message.line for message in found if isinstance(message, Text)]
    assert not any(line.startswith(("{", " {", '  "')) for line in said)


@pytest.mark.parametrize("name", NAMES)
def test_one_message_per_line_reads_like_many_lines_per_message(name: str) -> None:
    text = "\n".join(lines(name))
    compact, at, decoder = [], 0, json.JSONDecoder()
    while at < len(text):
        if text[at] == "{":
            value, at = decoder.raw_decode(text, at)
            compact.append(json.dumps(value))
        else:
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            compact.append(text[at:end])
            at = end
        at += 1
    reader = Decoder()
    assert [message for line in compact for message in reader.feed(line)] == messages(name)


def test_a_fresh_build_emulates_exactly_the_step_that_has_to() -> None:
    progress, events = replayed("two-platforms")
    amd64, arm64 = (tally(progress, "learner", platform) for platform in BOTH)
    assert (amd64.steps, amd64.ended, amd64.emulated) == (5, 5, 0)
    assert (arm64.steps, arm64.ended, arm64.emulated) == (5, 5, 1)
    emulated = {event.step.instruction for event in events if isinstance(event, StepChanged) and event.emulated}
    assert all(instruction.startswith("RUN ") for instruction in emulated)
    assert emulated_steps(build_plan("example/recorded"), progress) == (1, 1)


def test_a_native_step_for_another_platform_is_not_emulated() -> None:
    progress, _ = replayed("two-platforms")
    cross = [step for step in progress.snapshot() if step.runs_on != step.platform.value]
    assert cross
    assert all(step.platform is Platform.ARM64 and not progress.emulated(step) for step in cross)


def test_what_comes_from_the_cache_is_counted_as_such_and_emulates_nothing() -> None:
    progress, _ = replayed("cached-again")
    arm64 = tally(progress, "learner", Platform.ARM64)
    assert (arm64.steps, arm64.cached, arm64.emulated) == (5, 4, 0)
    assert emulated_steps(build_plan("example/recorded"), progress)[0] == 0


def test_a_single_platform_is_named_in_every_step_as_well() -> None:
    progress, _ = replayed("one-platform")
    assert tally(progress, "learner", Platform.ARM64).steps == 5
    assert tally(progress, "verify-learner", Platform.ARM64).emulated == 1


def test_duplicates_that_buildkit_cancels_do_not_count_as_unfinished() -> None:
    progress, _ = replayed("two-platforms")
    states = {record.state for record in progress.snapshot().values()}
    assert states <= {State.DONE, State.CACHED}


def test_plain_lines_tell_shared_work_once_and_never_a_cancelled_duplicate() -> None:
    _, events = replayed("two-platforms")
    plain = PlainLines()
    told = [line for line in map(plain, events) if line is not None]
    steps = [line for line in told if not line.startswith("  | ")]
    assert len(steps) == len(set(steps))
    assert not any("cancelled" in line for line in steps)
    assert any("RUN" in line and line.endswith("(emulated)") for line in steps)


@pytest.mark.parametrize("name", NAMES)
def test_every_event_can_be_written_as_one_line(name: str) -> None:
    for event in replayed(name)[1]:
        line = json.dumps(as_json(event, 0.0))
        assert "\n" not in line
        assert json.loads(line)["time"] == "1970-01-01T00:00:00.000+00:00"


def test_output_of_a_step_is_shown_without_anything_a_terminal_would_obey() -> None:
    progress = BuildProgress(frozenset())
    hostile = b'\x1b]52;c;ZXZpbA==\x07\x1b[2J  indented\r\n{"event": "done"}\n\xff\xe2\x80\xae half'
    reported = list(progress.apply(Log("sha256:1", hostile[:9])) + progress.apply(Log("sha256:1", hostile[9:] + b"\n")))
    texts = [event.text for event in reported if isinstance(event, LogLine)]
    assert len(texts) == 3
    assert all(text.isprintable() for text in texts)
    assert texts[1] == '{"event": "done"}'


def test_credentials_in_what_programs_print_are_taken_out() -> None:
    progress = BuildProgress(frozenset())
    said = "Put https://me:hunter2secret@registry.example/v2/x?_state=s3cr3tstate: Authorization: Bearer abcdef.ghijkl"
    events = progress.apply(Text(said)) + progress.apply(Log("sha256:1", said.encode() + b"\n"))
    for event in events:
        assert isinstance(event, LogLine)
        assert not any(secret in event.text for secret in ("hunter2secret", "s3cr3tstate", "abcdef"))
        assert "registry.example" in event.text


def test_a_character_cut_in_two_messages_is_put_together() -> None:
    progress = BuildProgress(frozenset())
    euro = "10 €\n".encode()
    events = progress.apply(Log("sha256:1", euro[:4])) + progress.apply(Log("sha256:1", euro[4:]))
    assert [event.text for event in events if isinstance(event, LogLine)] == ["10 €"]


def test_a_flood_without_a_line_end_is_bounded() -> None:
    progress = BuildProgress(frozenset())
    for _ in range(200):
        progress.apply(Log("sha256:1", b"x" * 100_000))
    (event,) = progress.apply(Log("sha256:1", b"\n"))
    assert isinstance(event, LogLine)
    assert len(event.text) <= 500


@pytest.mark.parametrize(
    "name",
    [
        "[internal] load build definition",
        "[learner] exporting to image",
        "[learner linux/riscv64 deps 1/2] RUN x",
        "[learner deps 1/2] RUN x",
        "",
        "[learner linux/arm64 deps 1/2]",
    ],
)
def test_names_that_are_no_step_of_a_planned_platform_are_not_read_as_one(name: str) -> None:
    assert parse_step(name) is None


def test_the_arrow_means_made_for_another_platform() -> None:
    step = parse_step("[verify-learner linux/amd64->arm64 deps 2/2] RUN uv pip install")
    assert step is not None
    assert (step.platform, step.runs_on, step.is_check) == (Platform.ARM64, "linux/amd64", True)
    assert not step.is_emulated(frozenset({"linux/amd64"}))
    assert step.is_emulated(frozenset({"linux/arm64"}))


def test_text_that_only_looks_like_a_message_stays_text() -> None:
    decoder = Decoder()
    broken = ["{", '  "vertexes": [{"digest": 1', "}"]
    assert [m for line in broken for m in decoder.feed(line)] == [Text(line) for line in broken]
    odd = json.dumps({"logs": [{"vertex": "v", "data": "not base64!"}], "vertexes": "what"})
    assert list(decoder.feed(odd)) == [Text(odd)]
    assert list(decoder.feed(json.dumps({"logs": [{"vertex": "v", "data": base64.b64encode(b"x").decode()}]}))) == [
        Log("v", b"x")
    ]


def test_a_stage_named_after_an_architecture_works_for_it() -> None:
    step = parse_step("[learner linux/amd64 deps-actors-arm64 1/1] RUN uv pip install")
    assert step is not None
    assert (step.platform, step.runs_on) == (Platform.ARM64, "linux/amd64")
    assert not step.is_emulated(frozenset({"linux/amd64"}))
