"""Text of strangers never becomes a line of a Dockerfile or of a report. Each payload is first shown to be live."""

import pytest
from dockerfile_parse import DockerfileParser
from jinja2 import Environment

from fedbake.render.markdown import text
from fedbake.render.slots import Command, Path, Prose, Reference, Slot, Url, Word, only_slots

PAYLOADS = [
    "x\nRUN touch /canary",
    "x\r\nRUN touch /canary",
    "x\u2028RUN touch /canary",
    "x \\",
    "x\\\nRUN touch /canary",
    "${SECRET}",
    "$(touch /canary)",
    "`id`",
    "EOF\nENV P=1",
    "# syntax=evil.example/frontend",
    "{{ 7 * 7 }}",
    'x" RUN touch /canary "',
    "x; touch /canary",
    "x && touch /canary",
    "x\x00y",
    "x\x1b]52;c;AAAA\x07",
    "--mount=type=bind,source=/",
    "x y",
]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("slot", [Word, Path, Reference, Url, Command])
def test_no_slot_takes_the_payload(slot: type[Slot], payload: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        slot(payload)


def test_a_newline_is_a_live_attack_where_values_are_only_quoted(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("naive")
    naive = Environment(autoescape=False).from_string("FROM scratch\nLABEL name='{{ name }}'\n")
    (folder / "Dockerfile").write_text(naive.render(name="x'\nRUN touch /canary\nLABEL y='"))
    instructions = [each["instruction"] for each in DockerfileParser(str(folder)).structure]
    assert "RUN" in instructions


@pytest.mark.parametrize("value", ["plain str", None, 1.5, ["list"], {"a": "b"}, b"bytes", object()])
def test_templates_can_print_slots_and_numbers_only(value: object) -> None:
    with pytest.raises(TypeError, match="no typed slot"):
        only_slots(value)


@pytest.mark.parametrize("payload", ["line\nRUN x", "a$b", "a`b", 'a"b', "a\\", "a#b", "{a}"])
def test_prose_is_one_line_of_plain_words(payload: str) -> None:
    with pytest.raises(ValueError, match="is not a Prose"):
        Prose(payload)


@pytest.mark.parametrize(
    ("stranger", "shown"),
    [
        ("a | b", "a \\| b"),
        ("<script>alert(1)</script>", "\\<script\\>alert(1)\\</script\\>"),
        ("[click](http://evil)", "\\[click\\](http://evil)"),
        ("line\n# heading", "line # heading"),
        ("\x1b[2Jgone", "U+001B\\[2Jgone"),
        ("right\u202eleft", "rightU+202Eleft"),
        ("`code`", "\\`code\\`"),
    ],
)
def test_a_report_shows_a_strangers_text_as_text(stranger: str, shown: str) -> None:
    assert text(stranger) == shown
