"""Rule folders to one set of rules, strictly: whatever is not understood is an error with its file and line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fedbake.errors import UsageError
from fedbake.rules.strict import text_of, validated

if TYPE_CHECKING:
    from fedbake.rules.document import Document
    from fedbake.rules.knowledge import Knowledge
    from fedbake.rules.rule import Rule

_GROUPS = ("structure", "dependencies")
_FOLDERS = (*_GROUPS, "names", "versions", "images")
_DATA_TABLES = frozenset({"dependencies/actor-runtime.yaml"})


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules that belong together.

    Attributes:
        rules: sorted by id.
        places: ``file:line`` of each rule by its id.
        knowledge: the data tables the rules ask.
    """

    rules: tuple["Rule", ...]
    places: Mapping[str, str]
    knowledge: "Knowledge"

    def rule(self, identifier: str) -> "Rule":
        """The rule of this id.

        Raises:
            UsageError: there is none; the hint names the nearest ids.
        """
        for rule in self.rules:
            if rule.id == identifier:
                return rule
        from difflib import get_close_matches

        near = get_close_matches(identifier, [rule.id for rule in self.rules], n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "fedbake rules lists them all"
        raise UsageError(f"there is no rule {identifier!r}", hint=hint)


def load_rules(folders: Sequence[Path]) -> RuleSet:
    """Read every rule file in ``structure/`` and ``dependencies/`` of the given folders, and their tables.

    Args:
        folders: rule folders. A file of a later one replaces the file of the same relative name of an earlier one; a
            rule of a later one replaces the rule of the same id, whatever its file is called.

    Raises:
        UsageError: a folder is none, a file is not understood, or an id is used twice in one folder; with file and
            line.
    """
    from fedbake.rules.knowledge import load_knowledge

    files = {name: (number, path) for number, folder in enumerate(folders) for name, path in _rule_files(folder)}
    rules: dict[str, Rule] = {}
    places: dict[str, str] = {}
    for number in range(len(folders)):
        of_folder: dict[str, str] = {}
        for path in (path for _, (folder, path) in sorted(files.items()) if folder == number):
            for rule, place in _rules_in(path):
                if rule.id in of_folder:
                    message = f"the rule id {rule.id!r} is used twice; first at {of_folder[rule.id]}"
                    raise UsageError(message, where=place, hint="give one of them another id")
                of_folder[rule.id] = place
                rules[rule.id] = rule
        places.update(of_folder)
    return RuleSet(tuple(rule for _, rule in sorted(rules.items())), places, load_knowledge(folders))


def _rules_in(path: Path) -> Iterator[tuple["Rule", str]]:
    from fedbake.rules.document import read_document

    document = read_document(str(path), text_of(path))
    for number, rule in enumerate(_parse(document)):
        yield rule, document.place(("rules", number, "id"))


def _rule_files(folder: Path) -> Iterator[tuple[str, Path]]:
    if not any((folder / name).is_dir() for name in _FOLDERS):
        hint = f"it should have at least one of the folders {', '.join(_FOLDERS)}"
        raise UsageError("this is not a rules folder", where=str(folder), hint=hint)
    for group in _GROUPS:
        for path in sorted((folder / group).glob("*")):
            name = f"{group}/{path.name}"
            if path.suffix == ".yml":
                raise UsageError("rule files end in .yaml", where=str(path), hint=f"name it {path.stem}.yaml")
            if path.suffix == ".yaml" and name not in _DATA_TABLES:
                yield name, path


def _parse(document: "Document") -> tuple["Rule", ...]:
    from fedbake.rules.consistency import contradictions
    from fedbake.rules.rule import RuleFile

    rules = validated(document, RuleFile).rules
    for number, rule in enumerate(rules):
        for path, message in contradictions(rule):
            raise UsageError(message, where=document.place(("rules", number, *path)), hint=f"in the rule {rule.id!r}")
    return rules
