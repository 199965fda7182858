"""The bake file as people and buildx read it: every value inert, nothing dropped, nothing added."""

import hcl2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from baking import build_plan
from fedbake.errors import UsageError
from fedbake.names import ACTORS, Platform
from fedbake.render.bakefile import BakeTarget, bake_file, printed
from fedbake.render.hcl import quoted, to_hcl

HOSTILE = [
    "${SECRET}",
    "%{ for x in y }%{ endfor }",
    '${upper("a")}',
    "$${a} $$${b} %%{c}",
    'quote " and \\ backslash\\',
    "two\nlines # no comment\n}",
    "\u202eright to left\u2066",
    "\x1b]52;c;x\x07",
    "\u00a0\u2028\U000e0001",
]
text = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]))


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_text_stays_one_inert_printable_line(value: str) -> None:
    literal = quoted(value)
    assert literal.isprintable()
    assert "\n" not in literal
    inside = literal[1:-1]
    assert '"' not in inside.replace('\\"', "").replace("\\\\", "")


@given(text)
def test_what_is_quoted_can_be_read_back(value: str) -> None:
    assert _unquoted(quoted(value)) == value


@pytest.mark.parametrize("value", ["carriage\rreturn", "half a pair \ud800"])
def test_text_hcl_cannot_carry_is_refused(value: str) -> None:
    with pytest.raises(UsageError):
        quoted(value)


def test_another_reader_of_hcl_finds_the_same_blocks_and_values() -> None:
    plan = build_plan("owner/tiny")
    read = hcl2.loads(to_hcl(bake_file(plan)))
    groups = {_plain(name): body for group in read["group"] for name, body in group.items()}
    targets = {_plain(name): body for target in read["target"] for name, body in target.items()}
    assert set(groups) == {"default", "verify"}
    assert set(targets) == {"_common", "learner", "verify-learner", "aggregator", "verify-aggregator"}
    assert "variable" not in read
    assert "function" not in read
    for role in ACTORS:
        body = targets[role.value]
        image = next(image for image in plan.images if image.role is role)
        assert [_plain(tag) for tag in body["tags"]] == list(image.references)
        labels = {_plain(key): _plain(value) for key, value in body["labels"].items() if not key.startswith("__")}
        assert labels["dev.fedbake.plan-id"] == plan.plan_id
        assert labels["org.opencontainers.image.revision"] == plan.source.commit


def test_a_label_of_a_hostile_repository_name_is_what_it_says_and_no_more() -> None:
    plan = build_plan("owner/tiny", name='owner/${HOME} %{if true}" }\ntarget "evil" { tags = ["x"] }')
    file = bake_file(plan)
    assert set(printed(file)["target"]) == {"learner", "aggregator", "verify-learner", "verify-aggregator"}
    read = hcl2.loads(to_hcl(file))
    assert len(read["target"]) == 5
    assert printed(file)["target"]["learner"]["labels"]["org.opencontainers.image.title"].startswith("owner/${HOME}")


def test_the_order_of_platforms_and_tags_is_the_plans() -> None:
    plan = build_plan("owner/tiny", platforms=(Platform.ARM64, Platform.AMD64), tags=("zzz", "aaa"))
    target = printed(bake_file(plan))["target"]["learner"]
    assert target["platforms"] == ["linux/arm64", "linux/amd64"]
    assert [tag.rpartition(":")[2] for tag in target["tags"]] == ["zzz", "aaa"]


def test_checks_go_nowhere_and_images_are_attested() -> None:
    targets = printed(bake_file(build_plan("owner/tiny")))["target"]
    assert targets["verify-learner"]["output"] == ["type=cacheonly"]
    assert "tags" not in targets["verify-learner"]
    assert targets["learner"]["attest"] == ["type=provenance,mode=min"]


@pytest.mark.parametrize(
    "attribute",
    [
        {"network": "host"},
        {"ssh": ["default"]},
        {"context": "/etc"},
        {"context": "https://example.org/x.git"},
        {"output": ["type=local,dest=/tmp"]},
        {"output": ["type=image,oci-mediatypes=true,dest=/x"]},
        {"args": {"BUILDKIT_SYNTAX": "evil/frontend"}},
        {"args": {"SOURCE_DATE_EPOCH": "1\n"}},
        {"tags": ["no-registry:1"]},
        {"tags": ["localhost:5000/x:1,dest=/y"]},
        {"dockerfile": "../Dockerfile"},
        {"dockerfile": "learner.Dockerfile\n"},
        {"name": "a b"},
        {"labels": {"a": "b\r"}},
        {"platforms": ["linux/amd46"]},
    ],
)
def test_what_buildx_would_take_without_a_word_is_refused_by_the_model(attribute: dict[str, object]) -> None:
    with pytest.raises((ValidationError, UsageError)):
        BakeTarget.model_validate({"name": "learner"} | attribute)


def _plain(literal: str) -> str:
    """The value of a string of python-hcl2, which may leave the quotes on."""
    return _unquoted(literal) if literal.startswith('"') else literal


def _unquoted(literal: str) -> str:
    """A reader of HCL string literals after the specification, independent of the emitter."""
    out, rest = [], literal[1:-1]
    named = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "r": "\r"}
    while rest:
        if rest[0] == "\\" and rest[1] in "uU":
            digits = 4 if rest[1] == "u" else 8
            out.append(chr(int(rest[2 : 2 + digits], 16)))
            rest = rest[2 + digits :]
        elif rest[0] == "\\":
            out.append(named[rest[1]])
            rest = rest[2:]
        elif rest.startswith(("$${", "%%{")):
            out.append(rest[1:3])
            rest = rest[3:]
        else:
            assert not rest.startswith(("${", "%{"))
            out.append(rest[0])
            rest = rest[1:]
    return "".join(out)
