"""What each image asks the resolver for, and why."""

from dataclasses import replace

from rule_facts import CONTEXT, declared, facts

from fedbake.inspect.facts import Origin
from fedbake.names import ACTORS, Role
from fedbake.resources import shipped
from fedbake.rules.evaluate import evaluate
from fedbake.rules.finding import Constrain, Finding, FixLevel, Severity
from fedbake.rules.fixes import effective_requirements
from fedbake.rules.load import load_rules

SHIPPED = load_rules([shipped("rules")])
CONDA = """\
dependencies:
  - python=3.11
  - pip<=24.0
  - pip:
      - mlflow==2.14.3
      - numpy==1.26.4
"""
BASE = (
    declared("conda.yaml", CONDA, "pip<=24.0", Origin.CONDA),
    declared("conda.yaml", CONDA, "mlflow==2.14.3", Origin.CONDA_PIP),
    declared("conda.yaml", CONDA, "numpy==1.26.4", Origin.CONDA_PIP),
)


def requirements(found):
    return effective_requirements(found, evaluate(found, SHIPPED, CONTEXT))


def texts(requirements, role):
    return [(str(each.requirement), each.because) for each in requirements.wanted[role]]


def test_mlflow_is_for_the_aggregator_and_takes_what_it_needs_along():
    effective = requirements(facts(*BASE, imports=("numpy",)))
    assert texts(effective, Role.LEARNER) == [("numpy==1.26.4", "conda.yaml:6:9")]
    assert texts(effective, Role.AGGREGATOR) == [
        ("mlflow==2.14.3", "conda.yaml:5:9"),
        ("numpy==1.26.4", "conda.yaml:6:9"),
        ("setuptools<82", "dependencies/pkg-resources-for-packages"),
    ]


def test_mlflow_stays_where_the_code_imports_it():
    effective = requirements(facts(*BASE, imports=("mlflow.sklearn",)))
    assert texts(effective, Role.LEARNER) == texts(effective, Role.AGGREGATOR)
    assert ("mlflow==2.14.3", "conda.yaml:5:9") in texts(effective, Role.LEARNER)


def test_the_installer_is_no_package_and_says_why():
    effective = requirements(facts(*BASE))
    told = [(each.declaration.name, each.role, each.because) for each in effective.left_out]
    assert ("pip", None, "the installer is not part of an image") in told
    assert ("mlflow", Role.LEARNER, "dependencies/mlflow-in-learner leaves it out") in told


def test_a_replaced_requirement_knows_the_line_it_came_from():
    text = "torch==2.1.1\ntorchvision==0.17.0\n"
    found = facts(*(declared("requirements.txt", text, each, Origin.REQUIREMENTS) for each in text.split()))
    findings = evaluate(found, SHIPPED, replace(CONTEXT, fixes=FixLevel.ALL))
    wanted = effective_requirements(found, findings).wanted[Role.LEARNER]
    (torchvision,) = [each for each in wanted if each.requirement.name == "torchvision"]
    assert str(torchvision.requirement) == "torchvision==0.16.1"
    assert torchvision.declaration == found.declarations[1]
    assert torchvision.because == torchvision.rule == "dependencies/torch-versions"


def test_a_package_left_out_of_every_image_is_in_none():
    text = "torch==2.1.1\ngmpy2==2.1.5\n"
    found = facts(
        *(declared("requirements.txt", text, each, Origin.REQUIREMENTS) for each in text.split()),
        imports=("torchvision",),
    )
    effective = requirements(found)
    assert not any(each.requirement.name == "gmpy2" for role in ACTORS for each in effective.wanted[role])
    reasons = {each.because for each in effective.left_out if each.declaration.name == "gmpy2"}
    assert reasons == {"dependencies/gmpy2-for-torchvision leaves it out"}


def test_one_requirement_added_for_two_reasons_is_there_once():
    effective = requirements(facts(*BASE, imports=("pkg_resources",)))
    because = "dependencies/pkg-resources-for-packages, dependencies/pkg-resources-in-code"
    assert ("setuptools<82", because) in texts(effective, Role.AGGREGATOR)
    assert ("setuptools<82", "dependencies/pkg-resources-in-code") in texts(effective, Role.LEARNER)


def test_a_fix_about_the_repository_as_a_whole():
    finding = Finding(rule="a/b", severity=Severity.NOTE, message="x", fix=Constrain(requirement="protobuf<5"))
    effective = effective_requirements(facts(*BASE), [finding])
    assert texts(effective, Role.LEARNER)[-1] == ("protobuf<5", "a/b")
