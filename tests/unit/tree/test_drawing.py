"""Drawing an environment with the real pipdeptree."""

import subprocess
import sys
from pathlib import Path

import pytest

from fedbake.errors import UsageError
from fedbake.names import ACTORS, Flavor, Platform, PythonMinor, Role
from fedbake.plan.identity import unidentified
from fedbake.plan.model import Accounted, BaseImage, BuildPlan, Request, Source, Tool
from fedbake.tree.distribution import CoreMetadata, Distribution, core_metadata, distribution
from fedbake.tree.drawing import Selection, Unmet, draw
from fedbake.tree.report import Shown, as_json, as_text
from fedbake.tree.roots import roots_of

ALL = Selection()


def package(name: str, version: str, *requires: str, extras: tuple[str, ...] = ()) -> Distribution:
    return distribution(CoreMetadata(name, version, requires, extras), Platform.AMD64, PythonMinor(3, 11))


TORCH = (
    package("torch", "2.1.1+cpu", "numpy<3", "sympy"),
    package("numpy", "1.26.4"),
    package("sympy", "1.12", "mpmath>=1.1"),
    package("mpmath", "1.3.0"),
)


def test_a_tree_and_who_needs_a_package() -> None:
    assert draw(TORCH, ALL).text.splitlines() == [
        "torch==2.1.1+cpu",
        "├── numpy [required: <3, installed: 1.26.4]",
        "└── sympy [required: Any, installed: 1.12]",
        "    └── mpmath [required: >=1.1, installed: 1.3.0]",
    ]
    assert draw(TORCH, Selection("mpmath", reverse=True)).text.splitlines() == [
        "mpmath==1.3.0",
        "└── sympy==1.12 [requires: mpmath>=1.1]",
        "    └── torch==2.1.1+cpu [requires: sympy]",
    ]


def test_what_does_not_fit_is_found_even_where_it_is_not_asked_about() -> None:
    broken = (package("a", "1", "b>=2", "c"), package("b", "1.0"), package("z", "1"))
    assert draw(broken, Selection("z")).unmet == (
        Unmet("a", "1", "b", ">=2", "1.0"),
        Unmet("a", "1", "c", "", None),
    )
    assert draw(TORCH, ALL).unmet == ()


def test_a_release_before_the_release_meets_a_bound() -> None:
    assert draw((package("a", "1", "b>=0.60b0"), package("b", "0.66b2")), ALL).unmet == ()


def test_an_extra_counts_only_where_somebody_asks_for_it() -> None:
    server = package("uvicorn", "0.30", "click", "httptools>=1; extra == 'standard'", extras=("standard",))
    rest = (package("click", "8"), package("httptools", "0.6"))
    assert draw((package("app", "1", "uvicorn"), server, *rest), ALL).unmet == ()
    asking = draw((package("app", "1", "uvicorn[standard]"), server, *rest), ALL)
    assert "    └── httptools [required: >=1, installed: 0.6, extra: standard]" in asking.text.splitlines()
    assert asking.unmet == (Unmet("uvicorn", "0.30", "httptools", ">=1", "0.6"),)


def test_cycles_end() -> None:
    cycle = (package("top", "1", "a"), package("a", "1", "b"), package("b", "1", "a"))
    assert draw(cycle, ALL).text.splitlines()[-1].endswith("a [required: Any, installed: 1] (*)")


def test_a_bottomless_tree_is_refused_as_text_and_given_flat() -> None:
    chain = tuple(package(f"p{number}", "1", f"p{number + 1}") for number in range(1000))
    with pytest.raises(UsageError, match="cannot be drawn"):
        draw(chain, ALL)


def test_an_unknown_package_is_said_to_be_missing() -> None:
    with pytest.raises(UsageError, match="pandas is not in this environment"):
        draw(TORCH, Selection("pandas"))


EVIL = "evil\N{RIGHT-TO-LEFT OVERRIDE}gnp"


def test_text_of_a_package_never_reaches_the_terminal(tmp_path: Path) -> None:
    """Given to pipdeptree as it is, the name of this package would: that is the control."""
    metadata = f"Metadata-Version: 2.1\nName: {EVIL}\nVersion: 1\nRequires-Dist: numpy\n"
    info = tmp_path / "evil-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    argv = [sys.executable, "-m", "pipdeptree", "--path", str(tmp_path)]
    assert EVIL in subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    with pytest.raises(ValueError, match="not the name"):
        distribution(core_metadata(metadata.encode()), Platform.AMD64, PythonMinor(3, 11))


def planned(*rows: Accounted) -> BuildPlan:
    return BuildPlan(
        plan_id=unidentified(),
        source=Source(name="owner/repo", url=None, commit=None, committed_at=0, tree="d" * 64),
        request=Request(
            targets=ACTORS,
            platforms=tuple(Platform),
            flavor=Flavor.PYTORCH,
            registry="localhost:5000",
            repository="owner/repo",
        ),
        python="3.11",
        base=BaseImage(reference="localhost/python", toolchain=()),
        tool=Tool(name="uv", version="0", wheels={}, sha256={}),
        environments=(),
        images=(),
        build=(),
        emulated=(),
        declarations=rows,
        decisions=(),
        findings=(),
        fixes_sha256=None,
        lock_sha256="f" * 64,
        context=(),
        templates_sha256="0" * 64,
    )


def declared(text: str, where: str, locked: str, **more: object) -> Accounted:
    name = locked.partition("==")[0]
    values = {"outcome": "installed", "roles": (Role.LEARNER,), "packages": {Platform.AMD64: locked}, **more}
    return Accounted(text=text, where=where, name=name, **values)  # type: ignore[arg-type]


PLAN = planned(
    declared("torch==2.1.1", "requirements.txt:1:1", "torch==2.1.1+cpu"),
    declared("numpy=1.26", "conda.yaml:7:5", "numpy==1.26.4"),
    declared("pandas", "requirements.txt:9:1", "pandas==2.0", roles=(Role.AGGREGATOR,)),
)


def shown(*installed: Distribution, selection: Selection = ALL) -> Shown:
    roots = roots_of(PLAN, Role.LEARNER, Platform.AMD64, installed)
    drawing = draw((*roots.distributions, *installed), selection)
    return Shown("the learner of owner/repo", Platform.AMD64, "3.11", installed, roots.places, drawing)


def test_declarations_stand_at_the_top_with_their_place_and_what_was_added_beside_them() -> None:
    assert as_text(shown(*TORCH, package("flwr", "1.23.0", "numpy"))).splitlines() == [
        "the learner of owner/repo on linux/amd64, Python 3.11: 5 packages",
        "",
        "your repository",
        "├── numpy [required: Any, installed: 1.26.4]  <- conda.yaml:7:5",
        "└── torch [required: ==2.1.1, installed: 2.1.1+cpu]  <- requirements.txt:1:1",
        "    ├── numpy [required: <3, installed: 1.26.4]",
        "    └── sympy [required: Any, installed: 1.12]",
        "        └── mpmath [required: >=1.1, installed: 1.3.0]",
        "added by fedbake",
        "└── flwr [required: Any, installed: 1.23.0]",
        "    └── numpy [required: Any, installed: 1.26.4]",
    ]


def test_who_needs_a_package_ends_in_the_line_that_declares_it() -> None:
    assert as_text(shown(*TORCH, selection=Selection("mpmath", reverse=True))).splitlines()[2:] == [
        "mpmath==1.3.0",
        "└── sympy==1.12 [requires: mpmath>=1.1]",
        "    └── torch==2.1.1+cpu [requires: sympy]",
        "        └── your repository [requires: torch==2.1.1]  <- requirements.txt:1:1",
    ]


def test_what_does_not_fit_and_what_is_not_known_is_said_in_words() -> None:
    unknown = Distribution("odd", "1", unclear="it is compiled, and its source archive does not say without being run")
    text = as_text(shown(package("torch", "2.0", "numpy<1"), TORCH[1], unknown))
    assert "  your repository needs torch==2.1.1, but torch 2.0 is there" in text.splitlines()
    assert "  torch 2.0 needs numpy<1, but numpy 1.26.4 is there" in text.splitlines()
    assert "  odd 1: it is compiled, and its source archive does not say without being run" in text.splitlines()
    assert "added by fedbake" not in text, "odd may be what needs the rest"


def test_programs_get_the_same_without_nesting() -> None:
    facts = as_json(shown(package("torch", "2.1.1+cpu", "missing>=1"), TORCH[1]))
    assert facts["declared"] == {"numpy": "conda.yaml:7:5", "torch": "requirements.txt:1:1"}
    assert {"name": "your repository", "version": "0", "edges": facts["packages"][0]["edges"]} == facts["packages"][0]
    assert facts["unmet"] == [
        {"package": "torch", "version": "2.1.1+cpu", "requires": "missing", "required": ">=1", "installed": None}
    ]
