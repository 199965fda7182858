"""The second half of the street, from a judged repository to a plan: each stage takes the values before it."""

from collections.abc import Callable, Iterable

from fedbake.errors import RejectedError, UsageError
from fedbake.judge import Folders, Judged
from fedbake.names import Flavor, PythonMinor, Role
from fedbake.plan.assemble import Assembled, Ingredients, assemble
from fedbake.plan.python_version import choose_python
from fedbake.plan.request import Asked
from fedbake.plan.resolved_findings import compiled_by_name, relaxed_pins
from fedbake.render.templates import Templates, digest, overlay
from fedbake.resolve.accelerator import Route, load_routes
from fedbake.resolve.base_image import find_base, load_catalogue
from fedbake.resolve.companions import load_companions
from fedbake.resolve.environments import Resolution, resolve
from fedbake.resolve.locked_facts import locked_facts
from fedbake.resolve.runtime import load_runtime, with_extras
from fedbake.resolve.target import Target
from fedbake.resolve.tools import load_installer
from fedbake.rules.evaluate import evaluate_locked
from fedbake.rules.finding import Finding, FixLevel, Severity
from fedbake.rules.fixes import Wanted, effective_requirements
from fedbake.rules.patch import patch
from fedbake.rules.soft_pins import soft_pins
from fedbake.settings import Settings

Report = Callable[[str], None]


class LockRejectedError(RejectedError):
    """The rules found an error in what was locked.

    Attributes:
        findings: all of them, those from before the resolution included.
    """

    def __init__(self, before: tuple[Finding, ...], locked: tuple[Finding, ...]) -> None:
        first = next(finding for finding in locked if finding.severity is Severity.ERROR)
        super().__init__(first.message, where=first.where, hint=first.hint)
        self.findings = (*before, *locked)


def compile_plan(judged: Judged, asked: Asked, folders: Folders, settings: Settings, report: Report) -> Assembled:
    """Resolve and assemble the plan of a repository without errors.

    Raises:
        UsageError: the flavour cannot be told, or a data table or base image is wrong.
        RejectedError: there is no base image with the Python the repository asks for.
        LockRejectedError: the rules found an error in what was locked.
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
    target = Target(
        python=python,
        platforms=asked.platforms,
        as_of=asked.as_of,
        routes=_routes(asked, folders),
        allow_source=asked.allow_source,
        pythons=tuple(available),
        known_names=frozenset(judged.rules.knowledge.names.distributions),
    )
    soft = _soft(judged, wanted.values())
    planned = {role: wanted[role] for role in asked.targets}
    runtime = load_runtime(folders.rules)
    resolution = resolve(
        with_extras(planned, runtime.extras, judged.facts, takes_frames=judged.takes_frames),
        target,
        () if Role.INFERENCE in planned else runtime.rows,
        settings,
        report,
        soft=soft,
        companions=load_companions(folders.rules),
        relaxable=soft if asked.fixes is FixLevel.ALL and not asked.strict else (),
        constraints=[Wanted(each.requirement, str(each.location), each, None) for each in judged.facts.constraints],
    )
    findings = _findings(judged, resolution, target, settings)
    return assemble(
        Ingredients(
            snapshot=judged.snapshot,
            facts=judged.facts,
            findings=findings,
            patch=patch(judged.snapshot.contents.read, judged.facts, findings),
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


def _soft(judged: Judged, wanted: Iterable[Iterable[Wanted]]) -> tuple[Wanted, ...]:
    """The lines that are soft pins of the user, as they stand in the file."""
    declared = soft_pins(judged.facts, judged.rules.knowledge.names)
    lines = {line: None for lines in wanted for line in lines if line.declaration in declared and line.rule is None}
    return tuple(lines)


def _findings(judged: Judged, resolution: Resolution, target: Target, settings: Settings) -> tuple[Finding, ...]:
    """Those from before the resolution, and what it shows besides."""
    locked = evaluate_locked(judged.facts, locked_facts(resolution, target, settings), judged.rules, judged.context)
    if any(finding.severity is Severity.ERROR for finding in locked):
        raise LockRejectedError(judged.findings, locked)
    return (*judged.findings, *relaxed_pins(resolution), *compiled_by_name(resolution, judged.facts), *locked)


def _routes(asked: Asked, folders: Folders) -> dict[Role, Route]:
    if not asked.accelerators:
        return {}
    table = load_routes(folders.rules)
    return {role: table[each] for role, each in asked.accelerators.items() if each in table and role in asked.targets}


def templates_of(folders: Folders) -> Templates:
    """The template engine over the folders."""
    return Templates(folders.templates)
