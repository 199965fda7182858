"""Lines that cannot be satisfied whatever the others say, as the package index tells."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from fedbake.names import Platform
from fedbake.resolve.index import offered
from fedbake.resolve.platforms import holds
from fedbake.resolve.releases import Release, nearest, releases
from fedbake.resolve.target import Target
from fedbake.rules.fixes import Wanted
from fedbake.rules.misspelling import one_slip_away
from fedbake.settings import Settings


@dataclass(frozen=True, slots=True)
class Fault:
    """A line no release satisfies.

    Attributes:
        message: one sentence a user understands.
        name: what the user may have meant, where the index does not know the name, or a known one is a slip away.
        version: the release nearest to the line that every platform can install.
        hint: what else to do about it.
    """

    line: Wanted
    message: str
    name: str | None = None
    version: str | None = None
    hint: str | None = None


def faults(lines: Sequence[Wanted], target: Target, settings: Settings) -> tuple[Fault, ...]:
    """The lines of the user that cannot be satisfied on their own.

    Raises:
        TransientError: the index did not answer.
    """
    asked = [line for line in lines if line.declaration is not None and _counts(line, target)]
    pages = offered((canonicalize_name(line.requirement.name) for line in asked), target.as_of, settings)
    found = []
    for line in asked:
        files = pages[canonicalize_name(line.requirement.name)]
        if files is None:
            found.append(_unknown(line, target, settings))
        else:
            past = releases(each for each in files if each.existed(target.as_of))
            fault = _fault(line, past, releases(files), target, settings)
            found.extend([fault] if fault else [])
    return tuple(found)


def _counts(line: Wanted, target: Target) -> bool:
    marker = line.requirement.marker
    return marker is None or any(holds(marker, platform, target.python) for platform in target.platforms)


def _unknown(line: Wanted, target: Target, settings: Settings) -> Fault:
    name = canonicalize_name(line.requirement.name)
    alike = difflib.get_close_matches(name, target.known_names, 3, 0.8)
    meant = _with_release(line, alike, target, settings) or next(iter(alike), None)
    hint = f"did you mean {meant}?" if meant else "check the spelling, or leave the line out"
    return Fault(line, f"{line.requirement.name} is not on the package index", name=meant, hint=hint)


def _misread(line: Wanted, target: Target, settings: Settings) -> str | None:
    """The well-known package a stranger's was probably taken for: one slip away, and it has a release as asked for."""
    name, known = canonicalize_name(line.requirement.name), target.known_names
    return None if name in known else _with_release(line, list(one_slip_away(name, sorted(known))), target, settings)


def _with_release(line: Wanted, names: Sequence[str], target: Target, settings: Settings) -> str | None:
    """The first of several packages that has a release which fits a line."""
    pages = offered(names, target.as_of, settings)
    past = {name: releases(each for each in pages[name] or () if each.existed(target.as_of)) for name in names}
    return next((name for name in names if _matching(past[name], line.requirement.specifier)), None)


def _fault(
    line: Wanted, past: Sequence[Release], ever: Sequence[Release], target: Target, settings: Settings
) -> Fault | None:
    name, specifier = line.requirement.name, line.requirement.specifier
    usable = [each.version for each in past if each.usable(target.platforms, target.python)]
    best = _nearest(specifier, usable)
    version = str(best) if best else None
    near = f"; nearest: {version}" if version else ""
    matching = _matching(past, specifier)
    if not matching:
        later = next(iter(_matching(ever, specifier)), None)
        if later is not None:
            message = f"{name} {later.version} was published after the date of the plan{near}"
            return Fault(line, message, version=version, hint="choose a later --as-of")
        what = f"release {_pin(specifier)}" if _pin(specifier) else f"release that fits {specifier}"
        message = f"{name} has no {what}{near}" if specifier else f"{name} has no release"
        meant = _misread(line, target, settings)
        return Fault(line, message, name=meant, version=version, hint=f"did you mean {meant}?" if meant else None)
    own = [each for each in matching if not each.begins_after(target.python)]
    if not own:
        newest = matching[-1]
        message = (
            f"{name} {newest.version} is not for Python {target.python}: it asks for {newest.requires_python}{near}"
        )
        return Fault(line, message, version=version)
    if any(_installable(each, target) for each in own):
        return None
    newest, hint = own[-1], None
    if not newest.wheels and newest.sdist is not None:
        what, hint = "has no wheel at all: it would have to be compiled", _by_name(name)
    elif any(newest.has_wheels([platform], target.python) for platform in Platform):
        lacking = next(each for each in target.platforms if not newest.has_wheels([each], target.python))
        what = f"offers nothing {lacking} can install"
    else:
        what = f"has no wheel for Python {target.python}"
    return Fault(line, f"{name} {newest.version} {what}{near}", version=version, hint=hint)


def _by_name(name: str) -> str:
    return f"--allow-source {canonicalize_name(name)} compiles it inside the build"


def _matching(found: Iterable[Release], specifier: SpecifierSet) -> list[Release]:
    """The releases a specifier accepts; withdrawn ones only where it names exactly one version."""
    by_version = {each.version: each for each in found if not each.yanked or _pin(specifier)}
    return [by_version[version] for version in specifier.filter(by_version)]


def _installable(release: Release, target: Target) -> bool:
    if release.has_wheels(target.platforms, target.python):
        return True
    elsewhere = any(release.has_wheels([platform], target.python) for platform in Platform)
    return release.sdist is not None and (elsewhere or _named(release.sdist.name, target))


def _named(sdist: str, target: Target) -> bool:
    from packaging.utils import parse_sdist_filename

    return parse_sdist_filename(sdist)[0] in target.allow_source


def _pin(specifier: SpecifierSet) -> str | None:
    only = list(specifier)
    pinned = len(only) == 1 and only[0].operator in ("==", "===") and not only[0].version.endswith(".*")
    return only[0].version if pinned else None


def _nearest(specifier: SpecifierSet, versions: Sequence[Version]) -> Version | None:
    for each in sorted(specifier, key=str, reverse=True):
        try:
            return nearest(Version(each.version.removesuffix(".*")), versions)
        except InvalidVersion:
            continue
    return max(versions, default=None)
