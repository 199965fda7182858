"""The street from a repository to a plan (docs/architecture.md): each stage takes the values before it, nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fedbake.errors import UsageError
from fedbake.inspect import inspect
from fedbake.inspect.facts import Facts
from fedbake.names import Flavor, PythonMinor
from fedbake.plan.assemble import Assembled, Ingredients, assemble
from fedbake.plan.flavor import choose_flavor
from fedbake.plan.model import Decision
from fedbake.plan.python_version import choose_python
from fedbake.plan.request import Asked
from fedbake.render.templates import Templates, digest, overlay
from fedbake.resolve.base_image import find_base, load_catalogue
from fedbake.resolve.environments import Target, resolve
from fedbake.resolve.runtime import load_runtime
from fedbake.resolve.tools import load_installer
from fedbake.resources import shipped
from fedbake.rules.context import RuleContext
from fedbake.rules.evaluate import evaluate
from fedbake.rules.finding import Finding, Severity
from fedbake.rules.fixes import effective_requirements
from fedbake.rules.load import load_rules
from fedbake.rules.patch import patch
from fedbake.settings import Settings
from fedbake.source.snapshot import Snapshot

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Folders:
    """Where templates and rules come from.

    Attributes:
        templates: the user's folders first, the shipped one last: the first that has a file wins.
        rules: the shipped folder first, the user's last: the last that has a file wins.
    """

    templates: tuple[Path, ...]
    rules: tuple[Path, ...]

    @classmethod
    def with_own(cls, templates: Path | None, rules: Path | None) -> "Folders":
        """The shipped folders and, where given, the user's."""
        return cls(
            templates=(*((templates,) if templates else ()), shipped("templates")),
            rules=(shipped("rules"), *((rules,) if rules else ())),
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """A repository with everything the rules say about it."""

    snapshot: Snapshot
    facts: Facts
    flavor: Decision | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop a plan."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


def judge(snapshot: Snapshot, asked: Asked, folders: Folders) -> Judged:
    """Inspect a repository and apply the rules: pure and fast, nothing outside is asked.

    Raises:
        UsageError: a rules folder is wrong.
    """
    facts = inspect(snapshot)
    flavor = choose_flavor(facts, asked.flavor)
    context = RuleContext(
        flavor=Flavor(flavor.value) if flavor else None,
        roles=asked.targets,
        strict=asked.strict,
        python=PythonMinor.parse(asked.python) if asked.python else None,
    )
    return Judged(snapshot, facts, flavor, evaluate(facts, load_rules(folders.rules), context))


def compile_plan(judged: Judged, asked: Asked, folders: Folders, settings: Settings, report: Report) -> Assembled:
    """Resolve and assemble the plan of a repository without errors.

    Raises:
        UsageError: the flavour cannot be told, or a data table or base image is wrong.
        RejectedError: there is no base image with the Python the repository asks for.
        ResolutionError: the dependencies cannot be resolved.
        TransientError: the package index did not answer.
    """
    if judged.flavor is None:
        choices = ", ".join(flavor.value for flavor in Flavor)
        hint = f"pass --flavor, one of {choices}"
        raise UsageError("the code does not show which ML framework it uses", hint=hint)
    catalogue = load_catalogue(folders.rules)
    available = sorted({*catalogue.pythons, *(PythonMinor.parse(name) for name in asked.base_images)})
    decided = choose_python(judged.facts, asked.python, available)
    python = PythonMinor.parse(decided.value)
    wanted = effective_requirements(judged.facts, judged.findings).wanted
    resolution = resolve(
        {role: wanted[role] for role in asked.targets},
        Target(python, asked.platforms, asked.as_of),
        load_runtime(folders.rules),
        settings,
        report,
    )
    return assemble(
        Ingredients(
            snapshot=judged.snapshot,
            facts=judged.facts,
            findings=judged.findings,
            patch=patch(judged.snapshot.contents.read, judged.facts, judged.findings),
            asked=asked,
            python=decided,
            flavor=judged.flavor,
            resolution=resolution,
            base=find_base(python, asked.registry, asked.base_images, catalogue, settings),
            installer=load_installer(folders.rules),
            actors=overlay(folders.templates, "actors"),
            templates_sha256=digest(folders.templates),
        )
    )


def templates_of(folders: Folders) -> Templates:
    """The template engine over the folders."""
    return Templates(folders.templates)
