"""The service descriptions of docs/deploy are what Oakestra and Kubernetes accept, and say what the builder accepts."""

import json
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from fedbake import __version__
from fedbake.flops.arguments import parse

FOLDER = Path(__file__).parents[2] / "docs" / "deploy"
_NAME = {"type": "string", "pattern": "^[a-zA-Z0-9]{1,30}$"}
_COUNT = {"type": "integer"}
_TEXTS = {"type": "array", "items": {"type": "string"}}
SLA: dict[str, Any] = {
    # What Oakestra's root orchestrator asks of a service (system manager, sla/schema.py), and of its keys those in use.
    "type": "object",
    "required": ["sla_version", "customerID", "applications"],
    "properties": {
        "applications": {
            "items": {
                "required": ["applicationID", "application_name", "application_namespace", "microservices"],
                "properties": {
                    "application_name": _NAME,
                    "application_namespace": _NAME,
                    "microservices": {
                        "items": {
                            "required": ["microservice_name", "microservice_namespace", "virtualization", "code"],
                            "additionalProperties": False,
                            "properties": {
                                "microserviceID": {"type": "string", "maxLength": 0},
                                "microservice_name": _NAME,
                                "microservice_namespace": _NAME,
                                "virtualization": {"const": "container"},
                                "one_shot": {"const": True},
                                "code": {"type": "string"},
                                "cmd": _TEXTS,
                                "environment": _TEXTS,
                                **dict.fromkeys(("memory", "vcpus", "storage"), _COUNT),
                                "constraints": {"type": "array", "items": {"required": ["type"]}},
                            },
                        }
                    },
                },
            }
        }
    },
}


def documents(name: str) -> list[dict[str, Any]]:
    return list(YAML(typ="safe", pure=True).load_all((FOLDER / name).read_text("utf-8")))


def service() -> dict[str, Any]:
    description = json.loads((FOLDER / "oakestra-sla.json").read_text("utf-8"))
    Draft202012Validator(SLA).validate(description)
    found: dict[str, Any] = description["applications"][0]["microservices"][0]
    return found


def job() -> dict[str, Any]:
    found: dict[str, Any] = documents("kubernetes-job.yaml")[0]["spec"]["template"]["spec"]
    return found


def test_oakestra_starts_it_once_where_builders_are_allowed() -> None:
    assert service()["constraints"] == [{"type": "addons", "needs": ["image-builder"]}]
    assert {"port", "addresses", "privileged"}.isdisjoint(service())


@pytest.mark.parametrize("name", ["kubernetes-job.yaml", "kubernetes-buildkit.yaml"])
@pytest.mark.parametrize("version", ["1.25", "1.37"])
def test_kubernetes_knows_every_key(name: str, version: str) -> None:
    for document in documents(name):
        kubernetes_validate.validate(document, version, strict=True)


def test_both_start_what_the_manager_starts() -> None:
    container = job()["containers"][0]
    assert service()["cmd"] == container["command"]
    assert container["command"][:2] == ["python3", "main.py"]
    parse(container["command"][2:])
    assert service()["code"] == container["image"]
    assert container["image"].endswith(f"/fedbake/builder:{__version__}")


def test_the_job_has_no_rights() -> None:
    container, pod = job()["containers"][0], job()["securityContext"]
    assert (pod["runAsNonRoot"], pod["runAsUser"]) == (True, 10001)
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not any("hostPath" in volume for volume in job()["volumes"])
