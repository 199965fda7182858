"""Every declaration of a repository is accounted for: installed, replaced, left out, or a choice of something else."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from fedbake.inspect.facts import AcceleratorDeclaration, Declaration, Dropped, Facts, Location, Origin
from fedbake.judge import Folders, Judged, judge
from fedbake.names import Platform, PythonMinor, Role
from fedbake.plan.accounting import Installed, accounted
from fedbake.plan.model import Accounted, Environment, Package, PlatformLock
from fedbake.plan.request import Asked
from fedbake.rules.finding import DropFor, Finding, Replace, Severity
from fedbake.rules.fixes import effective_requirements
from fedbake.source.snapshot import Entry, EntryKind, Snapshot

BOTH = (Role.LEARNER, Role.AGGREGATOR)
PYTHON = PythonMinor.parse("3.11")


@dataclass(frozen=True)
class Files:
    content: Mapping[str, bytes]

    def read(self, path: str) -> bytes:
        return self.content[path]


def judged(file: str, text: str) -> Judged:
    data = text.encode()
    snapshot = Snapshot("o/r", None, None, 0, "0" * 64, (Entry(file, EntryKind.FILE, len(data)),), Files({file: data}))
    return judge(snapshot, Asked(), Folders.with_own(None, None))


def declared(line: int, text: str) -> Declaration:
    return Declaration(Requirement(text), Origin.REQUIREMENTS, Location("requirements.txt", line), text)


def facts(*declarations: Declaration) -> Facts:
    return Facts({}, ("requirements.txt",), declarations, (), {}, ())


def locked(**versions: str | tuple[str, str]) -> Installed:
    """One environment of both roles; two versions are those of amd64 and arm64, an empty one is not installed."""

    def lock(number: int, platform: Platform) -> PlatformLock:
        chosen = {name: each if isinstance(each, str) else each[number] for name, each in versions.items()}
        packages = tuple(
            Package(name=name, version=version, kind="wheel", file="f", url="u", bytes=1, sha256="0" * 64)
            for name, version in chosen.items()
            if version
        )
        return PlatformLock(platform=platform, packages=packages, requirements="r", uv_platform="p")

    locks = tuple(lock(number, platform) for number, platform in enumerate((Platform.AMD64, Platform.ARM64)))
    return Installed((Environment(name="actors", roles=BOTH, locks=locks),), PYTHON)


def account(found: Facts, *findings: Finding, installed: Installed | None = None) -> list[Accounted]:
    return list(accounted(found, effective_requirements(found, findings), BOTH, installed))


def finding(rule: str, line: int, fix: DropFor | Replace) -> Finding:
    return Finding(
        rule=rule, severity=Severity.NOTE, message="m", file="requirements.txt", line=line, column=1, fix=fix
    )


def test_a_package_is_shown_with_what_each_platform_gets() -> None:
    (row,) = account(facts(declared(1, "torch>=2")), installed=locked(torch=("2.1.1", "2.1.0")))
    assert (row.text, row.where, row.name) == ("torch>=2", "requirements.txt:1:1", "torch")
    assert (row.outcome, row.roles, row.because) == ("installed", BOTH, None)
    assert row.packages == {Platform.AMD64: "torch==2.1.1", Platform.ARM64: "torch==2.1.0"}


def test_a_conda_name_is_shown_beside_the_package_of_the_index() -> None:
    torch = replace(declared(1, "torch==2.1.1"), origin=Origin.CONDA, text="pytorch=2.1.1", conda_name="pytorch")
    (row,) = account(facts(torch), installed=locked(torch="2.1.1"))
    assert (row.text, row.name, row.packages[Platform.AMD64]) == ("pytorch=2.1.1", "pytorch", "torch==2.1.1")


def test_what_one_image_does_not_get_is_still_installed_in_the_other() -> None:
    fix = DropFor(package="mlflow", role=Role.LEARNER)
    found = facts(declared(1, "mlflow"))
    (row,) = account(found, finding("dependencies/x", 1, fix), installed=locked(mlflow="2.14.1"))
    assert (row.outcome, row.roles) == ("installed", (Role.AGGREGATOR,))
    assert (row.because, row.rule) == ("left out of the learner", "dependencies/x")


def test_what_no_image_gets_names_the_rule() -> None:
    found = facts(declared(1, "gmpy2"))
    (row,) = account(found, finding("dependencies/x", 1, DropFor(package="gmpy2")), installed=locked())
    assert (row.outcome, row.roles, row.packages) == ("left-out", (), {})
    assert (row.because, row.rule) == ("left out of every image", "dependencies/x")


def test_a_replaced_declaration_shows_what_it_became() -> None:
    fix = Replace(package="sklearn", requirement="scikit-learn==1.5.2")
    found = facts(declared(1, "sklearn"))
    (row,) = account(found, finding("dependencies/x", 1, fix), installed=locked(**{"scikit-learn": "1.5.2"}))
    assert row.packages[Platform.ARM64] == "scikit-learn==1.5.2"
    assert (row.because, row.rule) == ("becomes scikit-learn==1.5.2", "dependencies/x")


def test_a_marker_decides_by_platform_even_when_another_line_installs_the_package() -> None:
    found = facts(
        declared(1, "numpy<1 ; sys_platform == 'win32'"),
        declared(2, "numpy ; platform_machine == 'x86_64'"),
        declared(3, "numpy ; python_version >= '3.11'"),
    )
    windows, amd64, both = account(found, installed=locked(numpy="1.26.4"))
    assert (windows.outcome, windows.roles, windows.packages) == ("left-out", (), {})
    assert windows.because == "its marker holds on no platform of the plan"
    assert list(amd64.packages) == [Platform.AMD64]
    assert list(both.packages) == [Platform.AMD64, Platform.ARM64]


def test_tooling_constraints_and_hardware_have_their_own_answers() -> None:
    cpu = Location("requirements.txt", 4)
    found = replace(
        facts(declared(1, "pip")),
        constraints=(declared(2, "numpy<2"), declared(3, "absent<2")),
        accelerators=(
            AcceleratorDeclaration("cpu", cpu, "--extra-index-url https://example.org/cpu"),
            AcceleratorDeclaration("cuda", Location("requirements.txt", 5), "cudatoolkit"),
        ),
        dropped=(
            Dropped("cudatoolkit", Origin.CONDA, Location("requirements.txt", 5), "cudatoolkit", "accelerator", "why"),
        ),
    )
    pip, numpy, absent, index, toolkit = account(found, installed=locked(numpy="1.26.4"))
    assert (pip.outcome, pip.because) == ("left-out", "the installer is not part of an image")
    assert (numpy.outcome, numpy.packages[Platform.AMD64]) == ("constraint", "numpy==1.26.4")
    assert (absent.outcome, absent.because) == ("constraint", "no image has the package")
    assert (index.outcome, index.text, index.because) == (
        "accelerator",
        "--extra-index-url https://…",
        "chooses cpu",
    )
    assert (toolkit.outcome, toolkit.because) == ("left-out", "why")


def test_nothing_is_locked_before_resolution() -> None:
    (row,) = account(facts(declared(1, "numpy ; sys_platform == 'win32'")))
    assert (row.outcome, row.packages) == ("installed", {})


ENTRIES = st.sampled_from(
    ["numpy==1.26.4", "torch>=2", "scikit-learn", "numpy", "mlflow==2.14.1", "pandas>>2", "pip", "python=3.11", "_x"]
)


def by_line(result: Judged) -> Counter[int]:
    """How often each line of the file is answered for: by a row, or by a problem or note about it."""
    requirements = effective_requirements(result.facts, result.findings)
    rows = accounted(result.facts, requirements, BOTH)
    told = {found.location.line for found in (*result.facts.problems, *result.facts.notes)}
    answered = Counter(int(row.where.split(":")[1]) for row in rows)
    return answered + Counter(told - set(answered))


@settings(max_examples=60, deadline=None)
@given(st.lists(ENTRIES, min_size=1, max_size=12), st.sampled_from(["conda.yaml", "requirements.txt"]))
def test_as_many_answers_as_entries(entries: list[str], file: str) -> None:
    if file == "conda.yaml":
        result = judged(file, "dependencies:\n" + "".join(f"  - {entry}\n" for entry in entries))
        first = 2
    else:
        result = judged(file, "".join(f"{entry}\n" for entry in entries))
        first = 1
    answers = by_line(result)
    for line in range(first, first + len(entries)):
        assert answers[line] == 1, (entries, line)
    found = result.facts
    rows = accounted(found, effective_requirements(found, result.findings), BOTH)
    assert len(rows) == len(found.declarations) + len(found.dropped) + len(found.python) + len(found.constraints)
