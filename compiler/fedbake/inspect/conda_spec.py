"""conda's match specifications, read into PEP 440 terms.

The grammar is that of ``conda.models.match_spec`` and its documentation: ``channel/subdir::name``, then a version
constraint and a build string separated by ``=`` or spaces, then ``[key=value]``. Two choices are fedbake's own:

- ``name=1.2`` is fuzzy in conda (1.2 and everything that begins with it) and becomes ``==1.2.*``. Three or more
  numbers, as in ``name=1.2.3``, are what people and ``conda env export`` write for one exact version, and become
  ``==1.2.3``.
- channel, subdirectory and build string select one built file for one platform. Packages come from the Python Package
  Index for every platform, so that these are left out; the reader of the file notes it.

conda ignores brackets without ``key=value``, as in ``pycaret[full]``; so does this reader, and says so.
"""

import re
from dataclasses import dataclass, replace

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from fedbake.inspect.conda_correction import correction
from fedbake.inspect.direct_reference import is_file_or_url
from fedbake.inspect.facts import Location, Problem
from fedbake.inspect.requirement import unsafe
from fedbake.inspect.text import shown

_CHANNEL = re.compile(r"[A-Za-z0-9_.:/~%+-]+", re.ASCII)
_SPEC = re.compile(
    r"(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]*+)(?P<rest>[^\[\]]*+)(?:\[(?P<bracket>[^\[\]]*+)\])?", re.ASCII
)
_ATTRIBUTE = re.compile(r"\s*([a-z_]+)\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([^'\",\s]+))\s*(?:,|$)", re.ASCII)
_PLATFORMS = ("/linux-64", "/linux-aarch64", "/osx-64", "/osx-arm64", "/win-64", "/win-32", "/noarch")
_EXTRAS = re.compile(r"[A-Za-z0-9._, -]*", re.ASCII)
_SPACED_OPERATOR = re.compile(r" ?([<>=!~,|]+) ?", re.ASCII)
_WITH_BUILD = re.compile(r"(?P<versions>.*[^=!|,<>~ ])[= ](?P<build>[A-Za-z0-9_.*+-]+)", re.ASCII)
_VERSION = r"[A-Za-z0-9*][A-Za-z0-9_.!+*-]*"
_CLAUSE = re.compile(rf"(?P<operator>[<>=!~]=|[<>=])?(?P<version>{_VERSION})", re.ASCII)
_RELEASE = re.compile(r"(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*", re.ASCII)
_BEFORE_FIRST = re.compile(r"((?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*)\.?(?:a|alpha|dev)0", re.ASCII)
_DISTRIBUTION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class CondaSpec:
    """A conda dependency in PEP 440 terms.

    Attributes:
        name: in lower case, as conda compares names.
        specifier: a specifier set; empty for any version.
        build: the build string, which is left out.
        is_for_one_platform: whether a build number or a subdirectory such as ``linux-64`` was given, which is left out.
        when: the condition of ``[when=…]``.
        ignored: what stands in brackets that conda ignores: ``full`` in ``pycaret[full]``.
    """

    name: str
    specifier: str
    build: str | None = None
    is_for_one_platform: bool = False
    when: str | None = None
    ignored: str | None = None

    @property
    def is_distribution_name(self) -> bool:
        """Whether a Python distribution can have this name (PEP 508); ``_libgcc_mutex`` cannot."""
        return _DISTRIBUTION.fullmatch(self.name) is not None


@dataclass(frozen=True, slots=True)
class _Constraint:
    """The version part: PEP 440 clauses, each ``None`` when it has no meaning there, and the build string."""

    clauses: tuple[str | None, ...]
    build: str | None


def parse_spec(text: str, location: Location) -> CondaSpec | Problem:
    """Read one match specification, or say why it cannot be expressed for the Python Package Index."""
    found = unsafe(text, location) or _not_a_spec(text, location) or _read(text, location)
    return replace(found, text=text) if isinstance(found, Problem) and found.package is not None else found


def _read(text: str, location: Location) -> CondaSpec | Problem:
    channel, separator, plain = text.rpartition("::")
    match = _SPEC.fullmatch(plain.strip(" \t"))
    if match is None or (separator and not _CHANNEL.fullmatch(channel)):
        return _syntax(text, location)
    ignored = match["bracket"] if match["bracket"] and _EXTRAS.fullmatch(match["bracket"]) else None
    attributes = _attributes(None if ignored else match["bracket"])
    if attributes is None:
        hint = "say only the version in brackets, as in name[version='>=1.2']"
        message = f"the brackets of {shown(match['name'])} say what cannot be expressed for the Python Package Index"
        return Problem("conda-bracket", message, location, hint, match["name"].lower())
    return _spec(match, attributes, ignored, channel.endswith(_PLATFORMS), location)


def _spec(
    match: re.Match[str], attributes: dict[str, str], ignored: str | None, in_subdir: bool, location: Location
) -> CondaSpec | Problem:
    name, rest = match["name"].lower(), match["rest"].strip(" \t")
    if rest == "=" and attributes:
        # conda itself writes name=*=build as name=[build=…].
        rest = ""
    if "version" in attributes and rest:
        return _syntax(match.group(), location)
    written = attributes.get("version", rest)
    if "|" in written:
        message = f"{shown(match.group())} allows alternatives, which PEP 508 cannot express"
        return Problem("conda-alternatives", message, location, _one_of(match["name"], written), name)
    constraint = _constraint(written)
    if constraint is None:
        return _syntax(match.group(), location)
    kept = [clause for clause in constraint.clauses if clause is not None]
    specifier = ",".join(clause for clause in kept if clause)
    if len(kept) < len(constraint.clauses) or not _is_specifier(specifier):
        message = f"the version in {shown(match.group())} is not one a Python package can have"
        meant = correction(match.group(), "write the version the package has on the Python Package Index")
        return Problem("conda-version", message, location, meant.hint, name, correction=meant.text)
    build = attributes.get("build", constraint.build)
    in_subdir = in_subdir or bool(attributes.keys() & {"build_number", "subdir"})
    return CondaSpec(name, specifier, None if build == "*" else build, in_subdir, attributes.get("when"), ignored)


def _one_of(name: str, written: str) -> str:
    """The hint for alternatives: the last one, which is usually the newest."""
    last = written.rpartition("|")[2].strip(" =")
    return f"choose one of them, such as {name}={last}" if _RELEASE.fullmatch(last) else "choose one version or a range"


def _not_a_spec(text: str, location: Location) -> Problem | None:
    if "@" in text or ("::" not in text and is_file_or_url(text)):
        meant = correction(text, "name the package and its version instead, such as name=1.2")
        message = "a package is taken from a file or URL here"
        return Problem("conda-url", message, location, meant.hint, text=text, correction=meant.text)
    if text.startswith("-"):
        message = "an option for pip stands among the conda packages"
        return Problem("conda-pip-option", message, location, "delete it, or name packages in the list under - pip:")
    return None


def _syntax(text: str, location: Location) -> Problem:
    meant = correction(text, "write it as name, name=1.2, name==1.2.3 or name>=1.2,<2")
    message = f"{shown(text)} is not a conda dependency"
    return Problem("conda-syntax", message, location, meant.hint, text=text, correction=meant.text)


def _attributes(bracket: str | None) -> dict[str, str] | None:
    """The ``key=value`` pairs of a bracket; ``None`` when it is something else or says what cannot be left out."""
    found: dict[str, str] = {}
    position = 0
    while bracket is not None and position < len(bracket):
        match = _ATTRIBUTE.match(bracket, position)
        if match is None or match[1] not in {"version", "build", "build_number", "channel", "subdir", "when"}:
            return None
        found[match[1]] = next((value for value in match.groups()[1:] if value is not None), "")
        position = match.end()
    return found


def _constraint(written: str) -> _Constraint | None:
    """Read ``=1.2``, `` 1.2 build``, ``==1.2=build``, ``>=1,<2`` or ``*``; ``None`` when it is nothing of these."""
    if not written.strip(" \t"):
        return _Constraint((), None)
    compact = _SPACED_OPERATOR.sub(r"\1", re.sub(r"[ \t]+", " ", written.strip(" \t")))
    with_build = _WITH_BUILD.fullmatch(compact)
    versions, build = with_build.group("versions", "build") if with_build else (compact, None)
    matches = [_CLAUSE.fullmatch(part) for part in versions.split(",")]
    clauses = [(match["operator"] or "==", match["version"]) for match in matches if match is not None]
    if len(clauses) < len(matches):
        return None
    if build is not None and len(clauses) == 1 and clauses[0][0] == "=":
        # With a build string even a single = asks for exactly this version: name=1.2=py_0 is what exports contain.
        clauses = [("==", clauses[0][1])]
    return _Constraint(tuple(_clause(operator, version) for operator, version in clauses), build)


def _clause(operator: str, version: str) -> str | None:
    """One comparison in PEP 440 terms, empty for any version, ``None`` when PEP 440 has no such comparison."""
    if version == "*":
        return "" if operator in {"=", "=="} else None
    if version.endswith("*"):
        prefix = version[:-1].rstrip(".")
        return _prefix_clause(operator, prefix) if _RELEASE.fullmatch(prefix) else None
    if operator == "=":
        fuzzy = _RELEASE.fullmatch(version) and version.count(".") < 2
        return f"=={version}.*" if fuzzy else f"=={version}"
    bound = _BEFORE_FIRST.fullmatch(version)
    if operator == "<" and bound is not None:
        # conda people write <2.0a0 to leave out the pre-releases of 2.0, as <2.0 does in PEP 440 by itself; there
        # <2.0a0 would let pre-releases of other versions in.
        return f"<{bound[1]}"
    return f"{operator}{version}"


def _prefix_clause(operator: str, prefix: str) -> str | None:
    """A comparison with ``prefix.*``. conda ignores the star after an order comparison, and says so in its warnings."""
    if operator in {"=", "==", "!="}:
        return f"{'==' if operator == '=' else operator}{prefix}.*"
    return None if operator == "~=" else f"{operator}{prefix}"


def _is_specifier(text: str) -> bool:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True
