"""The files of ``rules/versions/``, strictly: whatever is not understood is an error with its file and line.

``python.yaml`` lists the releases of Python; every other file is a table of what goes with what.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fedbake.errors import UsageError
from fedbake.names import PythonMinor
from fedbake.rules.strict import text_of, validated
from fedbake.rules.versions import Need, PythonSupport, Releases, Table, Versions

if TYPE_CHECKING:
    from fedbake.rules.document import Document

_PYTHON = "python"


def load_versions(folders: Sequence[Path]) -> Versions:
    """Read the tables of all folders; a later folder's file replaces one of the same name.

    Raises:
        UsageError: a table is not understood; with file and line.
    """
    from fedbake.rules.document import read_document

    files = {path.stem: path for folder in folders for path in _files(folder)}
    documents = {name: read_document(str(path), text_of(path)) for name, path in sorted(files.items())}
    tables = {name: _table(name, document) for name, document in documents.items() if name != _PYTHON}
    return Versions(tables, _python(documents[_PYTHON]) if _PYTHON in documents else PythonSupport("", {}))


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted((folder / "versions").glob("*")):
        if path.suffix == ".yml":
            raise UsageError("tables end in .yaml", where=str(path), hint=f"name it {path.stem}.yaml")
        if path.suffix == ".yaml":
            yield path


def _python(document: "Document") -> PythonSupport:
    from fedbake.rules.version_documents import PythonDocument

    read = validated(document, PythonDocument)
    releases = {PythonMinor.parse(release): date for release, date in read.end_of_life.items()}
    return PythonSupport(read.checked, dict(sorted(releases.items())))


def _table(name: str, document: "Document") -> Table:
    from packaging.specifiers import SpecifierSet

    from fedbake.rules.version_documents import TableDocument

    read = validated(document, TableDocument)
    covers = {package: Releases(package, SpecifierSet(text), package + text) for package, text in read.covers.items()}
    needs: list[Need] = []
    for number, group in enumerate(read.groups):
        for releases, wanted in group.needs.items():
            if releases.name not in covers:
                place = document.place(("groups", number, "needs", releases.text))
                raise UsageError(f"'covers' does not say which releases of {releases.name} were checked", where=place)
            needs.extend(
                Need(releases, each, group.because, group.platforms, group.in_metadata, group.bends) for each in wanted
            )
    return Table(name, read.sources, read.checked, covers, tuple(needs))
