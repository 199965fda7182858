"""Requirements that cannot hold together: which lines, and changes that help, on a real index of tiny wheels."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from fedbake.errors import ResolutionError
from fedbake.inspect.facts import Declaration, Location, Origin
from fedbake.names import Platform, PythonMinor, Role
from fedbake.resolve.environments import Resolution, resolve
from fedbake.resolve.releases import nearest
from fedbake.resolve.runtime import RuntimeRow
from fedbake.resolve.target import Target
from fedbake.rules.finding import Suggestion
from fedbake.rules.fixes import Wanted
from fedbake.settings import Settings
from package_index import PackageIndex, package_index

TARGET = Target(PythonMinor(3, 11), tuple(Platform), None, known_names=frozenset({"scikit-learn", "nimpy", "numpy"}))
RUNTIMES = [RuntimeRow(Requirement("flwr==1.23.0"), (), (PythonMinor(3, 11),))]


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    """A small world: ``table`` 2 needs ``array`` 2, ``plot`` 1 needs ``array`` 1, the actors need ``wire`` 5."""
    with package_index() as index:
        index.add("flwr", "1.23.0", "wire>=5,<6")
        for version in ("4.0", "5.0", "5.1"):
            index.add("wire", version)
        for version in ("1.20.0", "1.20.3", "1.26.4", "2.0.0", "2.1.0"):
            index.add("array", version)
        index.add("table", "1.5.0", "array>=1.20,<2")
        index.add("table", "2.0.0", "array>=2")
        index.add("plot", "1.0", "array<2")
        index.add("plot", "2.0", "array>=1.26")
        index.add("lonely", "1.0")
        yield index


def lines(*texts: str) -> tuple[Wanted, ...]:
    """A conda file's pip list, from line 4 on."""
    declarations = (
        Declaration(Requirement(text), Origin.CONDA_PIP, Location("conda.yaml", line, 5), text)
        for line, text in enumerate(texts, 4)
    )
    return tuple(Wanted(each.requirement, str(each.location), each, None) for each in declarations)


def resolved(
    index: PackageIndex,
    cache: Path,
    wanted: tuple[Wanted, ...],
    target: Target = TARGET,
    constraints: tuple[Wanted, ...] = (),
    relaxable: tuple[Wanted, ...] = (),
) -> Resolution:
    settings = Settings.from_environment({"FEDBAKE_INDEX_URL": index.simple, "FEDBAKE_CACHE_DIR": str(cache)})
    return resolve(
        {Role.LEARNER: wanted}, target, RUNTIMES, settings, lambda _: None, constraints=constraints, relaxable=relaxable
    )


def refused(
    index: PackageIndex,
    cache: Path,
    wanted: tuple[Wanted, ...],
    target: Target = TARGET,
    constraints: tuple[Wanted, ...] = (),
) -> ResolutionError:
    with pytest.raises(ResolutionError) as caught:
        resolved(index, cache, wanted, target, constraints)
    return caught.value


def with_suggestions(wanted: tuple[Wanted, ...], suggestions: tuple[Suggestion, ...]) -> tuple[Wanted, ...]:
    """The lines after the user wrote what was suggested."""
    after = {f"{each.file}:{each.line}:{each.column}": Requirement(each.after) for each in suggestions}
    return tuple(replace(line, requirement=after.get(line.because, line.requirement)) for line in wanted)


def versions(resolution: Resolution) -> dict[str, str]:
    return {package.name: package.version for package in resolution.lock.packages}


def test_two_lines_that_contradict_each_other_are_named_and_a_change_was_tried(
    index: PackageIndex, tmp_path: Path
) -> None:
    wanted = lines("lonely", "table==2.0.0", "array==1.20.0")
    error = refused(index, tmp_path, wanted)
    assert error.message == "table==2.0.0 and array==1.20.0 cannot hold together"
    assert [line.split() for line in error.details[:2]] == [
        ["conda.yaml:5:5", "table==2.0.0"],
        ["conda.yaml:6:5", "array==1.20.0"],
    ]
    assert error.details[2:4] == (
        "tried: write table==1.5.0 in place of table==2.0.0 (conda.yaml:5:5), and everything fits",
        "tried: write array==2.1.0 in place of array==1.20.0 (conda.yaml:6:5), and everything fits",
    )
    assert error.where == "conda.yaml:5:5"
    mended = resolved(index, tmp_path, with_suggestions(wanted, error.suggestions))
    assert versions(mended)["array"] == "1.20.0"


def test_the_nearest_version_is_suggested_not_the_newest(index: PackageIndex, tmp_path: Path) -> None:
    error = refused(index, tmp_path, lines("plot==2.0", "array==1.20.0"))
    assert any("write array==1.26.4 in place of array==1.20.0" in line for line in error.details)


def test_a_line_against_the_actors_says_so(index: PackageIndex, tmp_path: Path) -> None:
    wanted = lines("wire==4.0", "lonely")
    error = refused(index, tmp_path, wanted)
    assert error.message == "wire==4.0 and the actors' Flower cannot hold together"
    (suggestion,) = error.suggestions
    assert (suggestion.before, suggestion.after) == ("wire==4.0", "wire==5.1")
    assert versions(resolved(index, tmp_path, with_suggestions(wanted, error.suggestions)))["wire"] == "5.1"


def test_two_independent_conflicts_are_mended_together(index: PackageIndex, tmp_path: Path) -> None:
    wanted = lines("wire==4.0", "table==2.0.0", "array==1.20.0")
    error = refused(index, tmp_path, wanted)
    assert len(error.suggestions) == 2
    assert resolved(index, tmp_path, with_suggestions(wanted, error.suggestions))


def test_a_line_of_a_constraints_file_can_be_the_cause(index: PackageIndex, tmp_path: Path) -> None:
    place = Location("constraints.txt", 1, 1)
    bound = Declaration(Requirement("array<2"), Origin.REQUIREMENTS, place, "array<2")
    constraints = (Wanted(bound.requirement, str(place), bound, None),)
    error = refused(index, tmp_path, lines("table==2.0.0"), constraints=constraints)
    assert any(line.split() == ["constraints.txt:1:1", "array<2"] for line in error.details)
    unbound = resolved(index, tmp_path, lines("table==2.0.0"))
    assert versions(unbound)["array"] == "2.1.0"


def test_a_constraint_bounds_what_others_need_and_installs_nothing(index: PackageIndex, tmp_path: Path) -> None:
    place = Location("constraints.txt", 1, 1)
    bounds = tuple(
        Wanted(Requirement(text), str(place), Declaration(Requirement(text), Origin.REQUIREMENTS, place, text), None)
        for text in ("array<2.1", "lonely==1.0")
    )
    found = versions(resolved(index, tmp_path, lines("table==2.0.0"), constraints=bounds))
    assert found["array"] == "2.0.0"
    assert "lonely" not in found


def test_a_release_that_does_not_exist_names_the_nearest_one(index: PackageIndex, tmp_path: Path) -> None:
    error = refused(index, tmp_path, lines("array==1.26.9"))
    assert (error.message, error.where) == ("array has no release 1.26.9; nearest: 1.26.4", "conda.yaml:4:5")
    (suggestion,) = error.suggestions
    assert suggestion.after == "array==1.26.4"


def test_where_the_nearest_release_does_not_fit_the_other_lines_that_is_said(
    index: PackageIndex, tmp_path: Path
) -> None:
    error = refused(index, tmp_path, lines("plot==2.0", "array==1.20.9"))
    assert error.message == "array has no release 1.20.9; nearest: 1.20.3"
    assert "tried: array==1.20.3, which the other lines do not let in" in error.details
    assert any(line.startswith("tried: write array==1.26.4") for line in error.details)


def test_a_misspelt_name_gets_a_suggestion(index: PackageIndex, tmp_path: Path) -> None:
    index.add("scikit-learn", "1.5.0")
    error = refused(index, tmp_path, lines("scikit-lern==1.5.0", "array"))
    assert error.message == "scikit-lern is not on the package index"
    assert error.hint == "did you mean scikit-learn?"
    (suggestion,) = error.suggestions
    assert suggestion.after == "scikit-learn==1.5.0"


def test_a_strangers_package_that_lacks_the_release_gets_the_well_known_one(
    index: PackageIndex, tmp_path: Path
) -> None:
    index.add("numpy", "1.26.4")
    index.add("nmpy", "0.1")
    index.add("nimpy", "2.0")
    wanted = lines("nmpy==1.26.4", "lonely")
    error = refused(index, tmp_path, wanted)
    assert error.message == "nmpy has no release 1.26.4; nearest: 0.1"
    assert error.hint == "did you mean numpy?"
    assert versions(resolved(index, tmp_path, with_suggestions(wanted, error.suggestions)))["numpy"] == "1.26.4"


def test_every_faulty_line_is_told_at_once(index: PackageIndex, tmp_path: Path) -> None:
    wanted = lines("array==1.26.9", "table==3.0.0", "lonely")
    error = refused(index, tmp_path, wanted)
    assert "conda.yaml:5:5: table has no release 3.0.0; nearest: 2.0.0" in error.details
    assert resolved(index, tmp_path, with_suggestions(wanted, error.suggestions))


def test_a_release_for_another_python_says_so_and_the_other_python_is_tried(
    index: PackageIndex, tmp_path: Path
) -> None:
    index.add("fresh", "2.0")
    index.say("fresh-2.0-py3-none-any.whl", requires_python=">=3.12")
    index.add("old", "1.0", tags="cp310-cp310-manylinux_2_17_x86_64")
    pythons = tuple(PythonMinor(3, minor) for minor in (9, 10, 11, 12))
    target = replace(TARGET, pythons=pythons, platforms=(Platform.AMD64,))
    error = refused(index, tmp_path, lines("fresh==2.0"), target)
    assert error.message == "fresh 2.0 is not for Python 3.11: it asks for >=3.12"
    assert error.hint == "with --python 3.12 it fits as it is"
    error = refused(index, tmp_path, lines("old==1.0"), target)
    assert error.message == "old 1.0 has no wheel for Python 3.11"
    assert error.hint == "with --python 3.10 it fits as it is"


def test_a_release_after_the_date_of_the_plan_says_so(index: PackageIndex, tmp_path: Path) -> None:
    index.add("array", "3.0.0")
    index.say("array-3.0.0-py3-none-any.whl", upload_time="2024-06-01T00:00:00Z")
    error = refused(index, tmp_path, lines("array==3.0.0"), replace(TARGET, as_of="2024-02-01T00:00:00Z"))
    assert error.message == "array 3.0.0 was published after the date of the plan; nearest: 2.1.0"


def test_soft_pins_give_way_only_when_nothing_else_solves(index: PackageIndex, tmp_path: Path) -> None:
    wanted = lines("table==2.0.0", "array==1.20.0", "lonely==1.0")
    soft = wanted[1:]
    relaxed = resolved(index, tmp_path, wanted, relaxable=soft)
    assert [str(line.requirement) for line in relaxed.relaxed] == ["array==1.20.0"]
    assert versions(relaxed) | {"table": "2.0.0", "array": "2.1.0", "lonely": "1.0"} == versions(relaxed)
    fitting = resolved(index, tmp_path, lines("table==2.0.0", "array==2.0.0"), relaxable=lines("array==2.0.0"))
    assert (fitting.relaxed, versions(fitting)["array"]) == ((), "2.0.0")


def test_a_withdrawn_release_is_known_from_the_lock(index: PackageIndex, tmp_path: Path) -> None:
    index.say("array-1.20.0-py3-none-any.whl", yanked='broken "on" import')
    locked = {each.name: each.yanked for each in resolved(index, tmp_path, lines("array==1.20.0")).lock.packages}
    assert locked["array"] == 'broken "on" import'
    assert locked["flwr"] is None


@pytest.mark.parametrize(
    ("wanted", "offered", "expected"),
    [
        ("1.26.9", ["1.26.3", "1.26.4", "2.0.0"], "1.26.4"),
        ("1.20.0", ["1.23.2", "1.23.5", "1.26.4", "2.0"], "1.23.5"),
        ("0.24.2", ["1.1.3", "1.2.0", "1.9.1"], "1.1.3"),
        ("3.0", ["2.8", "2.9.1", "2.9.3"], "2.9.3"),
        ("1.0", [], None),
    ],
)
def test_the_nearest_version_is_the_one_least_changed(wanted: str, offered: list[str], expected: str | None) -> None:
    found = nearest(Version(wanted), map(Version, offered))
    assert (str(found) if found else None) == expected
