"""Releases that are empty on one platform get what has their content there, in every form a user may ask for them."""

from packaging.requirements import Requirement

from fedbake.names import Role
from fedbake.resolve.companions import load_companions, missing_companions, with_companions
from fedbake.resolve.lock import Lock, LockedPackage
from fedbake.resources import shipped
from fedbake.rules.fixes import Wanted

TABLE = load_companions([shipped("rules")])


def lock(*pins: str) -> Lock:
    """A lock of these packages."""
    return Lock(tuple(LockedPackage(*pin.split("=="), None, (), None) for pin in pins))


def wanted(*texts: str) -> tuple[Wanted, ...]:
    return tuple(Wanted(Requirement(text), "conda.yaml:3:1", None, None) for text in texts)


def texts(lines: tuple[Wanted, ...]) -> list[str]:
    return [str(line.requirement) for line in lines]


def test_the_content_is_locked_in_the_same_version_and_only_where_the_wheel_is_empty() -> None:
    missing = missing_companions(lock("numpy==1.23.5", "tensorflow==2.12.0"), TABLE)
    assert texts(missing["tensorflow"]) == [
        "tensorflow==2.12.0",
        'tensorflow-cpu-aws==2.12.0; platform_machine == "aarch64"',
    ]


def test_releases_with_content_and_locks_that_have_it_need_nothing() -> None:
    assert missing_companions(lock("tensorflow==2.16.1"), TABLE) == {}
    assert missing_companions(lock("tensorflow==2.12.0", "tensorflow-cpu-aws==2.12.0"), TABLE) == {}


def test_roles_that_ask_for_the_package_get_it_and_all_do_when_another_package_brings_it() -> None:
    missing = missing_companions(lock("tensorflow==2.12.0"), TABLE)
    one = {Role.LEARNER: wanted("tensorflow<2.13"), Role.AGGREGATOR: wanted("numpy")}
    assert [len(lines) for lines in with_companions(one, missing).values()] == [3, 1]
    brought = {Role.LEARNER: wanted("tensorflow-hub"), Role.AGGREGATOR: wanted("tensorflow-hub")}
    assert [len(lines) for lines in with_companions(brought, missing).values()] == [3, 3]
