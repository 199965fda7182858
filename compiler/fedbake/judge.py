"""The first half of the street: a repository inspected and judged by the rules. Pure, and all that ``check`` needs."""

from dataclasses import dataclass, replace
from pathlib import Path

from fedbake.inspect import inspect
from fedbake.inspect.facts import Facts
from fedbake.names import Flavor, PythonMinor, Role
from fedbake.plan.flavor import choose_flavor, choose_loader
from fedbake.plan.model import Decision
from fedbake.plan.request import Asked
from fedbake.resources import shipped
from fedbake.rules.context import RuleContext
from fedbake.rules.evaluate import evaluate
from fedbake.rules.finding import Finding, Severity
from fedbake.rules.load import RuleSet, load_rules
from fedbake.rules.translation import translated
from fedbake.source.snapshot import Snapshot


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
    """A repository or a model with everything the rules say about it before anything is resolved.

    Attributes:
        flavor: the framework of a repository, or what loads a model; ``None`` when nothing says it.
        takes_frames: whether a model may be given data frames, so that its image needs pandas.
    """

    snapshot: Snapshot
    facts: Facts
    flavor: Decision | None
    findings: tuple[Finding, ...]
    rules: RuleSet
    context: RuleContext
    takes_frames: bool = False

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop a plan."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


def judge(snapshot: Snapshot, asked: Asked, folders: Folders) -> Judged:
    """Inspect a repository, or the model an inference image is to serve, and apply the rules: pure and fast.

    Raises:
        UsageError: a rules folder is wrong.
    """
    rules = load_rules(folders.rules)
    if Role.INFERENCE in asked.targets:
        return _judge_model(snapshot, asked, rules)
    facts = translated(inspect(snapshot), rules.knowledge.names)
    flavor = choose_flavor(facts, asked.flavor)
    context = replace(_context(asked), flavor=Flavor(flavor.value) if flavor else None)
    return Judged(snapshot, facts, flavor, evaluate(facts, rules, context), rules, context)


def _judge_model(snapshot: Snapshot, asked: Asked, rules: RuleSet) -> Judged:
    # A repository has no model, and does not wait for what reads one.
    from fedbake.inspect.mlmodel import read_model

    model = read_model(snapshot)
    facts = translated(model.facts, rules.knowledge.names)
    context = replace(_context(asked), loader=model.loader)
    loader = choose_loader(model)
    findings = evaluate(facts, rules, context)
    return Judged(snapshot, facts, loader, findings, rules, context, takes_frames=model.takes_frames)


def _context(asked: Asked) -> RuleContext:
    return RuleContext(
        flavor=None,
        roles=asked.targets,
        strict=asked.strict,
        python=PythonMinor.parse(asked.python) if asked.python else None,
        fixes=asked.fixes,
        accelerators=asked.accelerators,
        today=asked.as_of,
        platforms=asked.platforms,
    )
