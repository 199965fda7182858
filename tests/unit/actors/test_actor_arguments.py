"""The command lines of the actors are those the FLOps manager writes."""

import argparse

import pytest
from fedbake_actors.arguments import AggregatorType, Project, address, parse_aggregator, parse_learner
from fedbake_actors.errors import ActorError
from fedbake_actors.settings import Settings

PROJECT = ["66f0c1", "10.0.0.1", "10.0.0.2"]
CLASSIC = [*PROJECT, "http://10.0.0.3:7027", "CLASSIC_AGGREGATOR", "5", "3", "2", "1"]


def test_a_learner_gets_its_aggregator_and_its_data_tags() -> None:
    found = parse_learner([*PROJECT, "10.30.0.7", "mnist, cifar10,,"])
    assert found.project == Project("66f0c1", "10.0.0.1", "10.0.0.2")
    assert found.aggregator == "10.30.0.7:8080"
    assert found.data_tags == ("mnist", "cifar10")


@pytest.mark.parametrize("rest", [[], [""]], ids=["vanished", "empty"])
def test_data_tags_may_be_empty_or_vanish_from_the_command_line(rest: list[str]) -> None:
    assert parse_learner([*PROJECT, "10.30.0.7", *rest]).data_tags == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.30.0.7", "10.30.0.7:8080"),
        ("aggregator:9000", "aggregator:9000"),
        ("fdff:2000::7", "[fdff:2000::7]:8080"),
        ("::1", "[::1]:8080"),
        ("[fdff::7]", "[fdff::7]:8080"),
        ("[fdff::7]:9000", "[fdff::7]:9000"),
    ],
)
def test_addresses_with_and_without_a_port(text: str, expected: str) -> None:
    assert address(text) == expected


@pytest.mark.parametrize(
    "text", ["", "host:", "host:0", "host:65536", "a b", "host\n", "http://host", "[::1", "-h", "٣"]
)
def test_anything_else_is_not_an_address(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not an address"):
        address(text)


def test_an_aggregator_gets_its_numbers_and_switches() -> None:
    found = parse_aggregator([*CLASSIC, "--track-locally", "--deactivate-notifications"])
    assert (found.rounds, found.min_available, found.min_fit, found.min_evaluate) == (5, 3, 2, 1)
    assert found.mlflow_url == "http://10.0.0.3:7027"
    assert found.track_locally
    assert not found.notify


def test_switches_are_off_and_the_root_address_is_allowed_in_classic_mode() -> None:
    found = parse_aggregator([*CLASSIC, "10.30.0.1"])
    assert found.root is None
    assert not found.track_locally
    assert found.notify


def test_a_cluster_knows_its_root_and_a_root_counts_cycles() -> None:
    cluster = parse_aggregator([*as_type("CLUSTER_AGGREGATOR"), "10.30.0.1"])
    assert (cluster.type, cluster.root) == (AggregatorType.CLUSTER, "10.30.0.1:8080")
    root = parse_aggregator(as_type("ROOT_AGGREGATOR"))
    assert (root.type, root.root, root.rounds) == (AggregatorType.ROOT, None, 5)


def test_a_cluster_without_a_root_is_a_wrong_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse_aggregator(as_type("CLUSTER_AGGREGATOR"))
    assert caught.value.code == 2
    assert "a CLUSTER_AGGREGATOR needs ROOT_AGGREGATOR_IP" in capsys.readouterr().err


def as_type(kind: str) -> list[str]:
    return [kind if word == "CLASSIC_AGGREGATOR" else word for word in CLASSIC]


@pytest.mark.parametrize("position", [5, 6, 7, 8])
@pytest.mark.parametrize("wrong", ["0", "-1", "two", "1.5", "", "1e3", "٣"])
def test_counts_are_positive_whole_numbers(position: int, wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse_aggregator([*CLASSIC[:position], wrong, *CLASSIC[position + 1 :]])
    assert caught.value.code == 2
    assert "usage: python main.py (aggregator)" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv", [[], PROJECT, ["../x", *PROJECT[1:], "10.30.0.7"], [*PROJECT, "10.0.0.7", "tag", "more"]]
)
def test_an_incomplete_or_longer_command_line_is_a_usage_error(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse_learner(argv)
    assert caught.value.code == 2


def test_settings_have_defaults_and_come_from_the_environment() -> None:
    assert Settings.from_environment({}).port == 8080
    found = Settings.from_environment({"FEDBAKE_PORT": "9000", "FEDBAKE_CONNECT_SECONDS": "5"})
    assert (found.port, found.connect_seconds) == (9000, 5)


@pytest.mark.parametrize("wrong", ["0", "65536", "-1", "http", "8080 "])
def test_a_wrong_setting_is_named(wrong: str) -> None:
    with pytest.raises(ActorError, match="FEDBAKE_PORT="):
        Settings.from_environment({"FEDBAKE_PORT": wrong})
