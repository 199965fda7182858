"""Facts for rule tests, read off the text of a dependency file the way a person would."""

import re
from pathlib import Path

from packaging.requirements import Requirement

from fedbake.inspect.facts import (
    ClassFacts,
    Declaration,
    Facts,
    ImportFacts,
    Location,
    MethodFacts,
    ModuleFacts,
    Origin,
    PythonDeclaration,
)
from fedbake.names import ACTORS, Flavor
from fedbake.rules.context import RuleContext
from fedbake.rules.load import RuleSet, load_rules
from fedbake.source.snapshot import Entry, EntryKind

CONTEXT = RuleContext(Flavor.SKLEARN, ACTORS)


def declared(file: str, text: str, written: str, origin: Origin, requirement: str | None = None) -> Declaration:
    """The declaration ``written``, where it stands in the text of a file."""
    at = text.index(written)
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return Declaration(Requirement(requirement or written), origin, Location(file, line, column), written)


def facts(*declarations: Declaration, imports: tuple[str, ...] = (), classes: tuple[ClassFacts, ...] = ()) -> Facts:
    """Facts with these declarations, imports (one a line in model_manager.py) and classes."""
    found = tuple(ImportFacts(name, Location("model_manager.py", number)) for number, name in enumerate(imports, 1))
    module = ModuleFacts("model_manager.py", {each.name: each for each in classes}, found)
    file = declarations[0].location.file if declarations else "conda.yaml"
    names = ("conda.yaml", "data_manager.py", "model_manager.py", file)
    return Facts(
        entries={name: Entry(name, EntryKind.FILE, 1) for name in sorted(set(names))},
        dependency_files=(file,),
        declarations=declarations,
        python=(PythonDeclaration("==3.11.*", Location(file), "python=3.11"),),
        modules={"model_manager.py": module},
        problems=(),
    )


def a_class(name: str, *methods: MethodFacts, bases: tuple[str, ...] = (), line: int = 1) -> ClassFacts:
    """A class of model_manager.py."""
    return ClassFacts(name, Location("model_manager.py", line), bases, {each.name: each for each in methods})


def a_method(name: str, required: int = 0, accepted: int | None = 0) -> MethodFacts:
    """A method and the arguments it takes besides self."""
    return MethodFacts(name, Location("model_manager.py", 9, 5), required, accepted)


MINIMAL = """\
rules:
  - id: group/name
    title: A title
    severity: note
    targets: [learner]
    when:
      - dependency: {name: numpy}
    then:
      message: "{text} is here"
    because: It has a reason.
    tests:
      - name: it speaks
        files: {requirements.txt: "numpy\\n"}
        expect: ["requirements.txt:1:1: numpy is here"]
"""


def rules_folder(folder: Path, **files: str) -> Path:
    """A rules folder with these files in ``structure/``; ``rule`` becomes ``rule.yaml``."""
    (folder / "structure").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / "structure" / f"{name}.yaml").write_text(content, encoding="utf-8")
    return folder


def rules_of(folder: Path, text: str) -> RuleSet:
    """The rules of one file."""
    return load_rules([rules_folder(folder, rule=text)])


def changed(pattern: str, replacement: str, text: str = MINIMAL) -> str:
    """The minimal rule file with one thing changed."""
    result, count = re.subn(pattern, replacement, text, count=1)
    assert count == 1, pattern
    return result
