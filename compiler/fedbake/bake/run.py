"""Baking a plan: check everything, build and verify, publish. A failure at any point leaves every tag as it was."""

import json
import os
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from fedbake.bake.build import Reporter, build
from fedbake.bake.builder import Builder, platforms_that_run, ready_builder
from fedbake.bake.directory import EVENTS, RESULT, RESULT_PART, PlanDirectory, open_plan
from fedbake.bake.event import PhaseStarted
from fedbake.bake.eventlog import EventLog, cannot_write
from fedbake.bake.existing import existing_images
from fedbake.bake.invocation import Destination, Invocation
from fedbake.bake.oracle import require_same
from fedbake.bake.outcome import digests, emulated_steps, image_result, pushed_image
from fedbake.bake.plain_http import plain_registries
from fedbake.bake.progress import BuildProgress
from fedbake.bake.result import BakeResult, ImageResult
from fedbake.bake.view import View
from fedbake.errors import FedbakeError, TransientError
from fedbake.names import ImageReference
from fedbake.plan.model import BuildPlan
from fedbake.publish.tags import Move, move_tags
from fedbake.registry.client import Registries
from fedbake.settings import Settings

_SIX_HOURS = 6 * 3600.0
_PAUSES = (1.0, 4.0)
"""Seconds to wait after a first and a second transient failure."""


@dataclass(frozen=True, slots=True)
class BakeOptions:
    """How a plan is baked; never what.

    Attributes:
        push: push to the registry and move the tags.
        load: put the images into the engine as well, under the requested references.
        verify: run the checks inside the images, on every platform, before any tag moves.
        builder: name of a buildx builder; the one in use when ``None``.
        timeout: seconds the build may take.
    """

    push: bool = True
    load: bool = False
    verify: bool = True
    builder: str | None = None
    timeout: float = _SIX_HOURS


def bake(directory: Path, options: BakeOptions, settings: Settings, view: View) -> BakeResult:
    """Bake a plan directory and leave ``result.json`` and ``events.ndjson`` in it.

    Args:
        directory: the plan directory.
        options: how it is baked.
        settings: how this machine reaches the outside.
        view: shows what happens; entered and left here.

    Raises:
        UsageError: it is no plan directory, or not what was planned.
        WorkerError: engine, buildx, builder, emulator or disk are not ready.
        BuildError: a step or a check failed.
        PushError: the registry refuses an image or a tag.
        TransientError: the registry failed in a way that may pass.
        KeyboardInterrupt: the user interrupted; nothing is left running and no tag has moved.
    """
    began = time.monotonic()
    opened = open_plan(directory)
    if options.push and not options.load:
        with Registries(settings) as registries:
            there = existing_images(opened.plan, registries)
        if there is not None:
            return _written(opened, _already_there(opened, there, began))
    with EventLog(opened.path / EVENTS) as log, view:
        reporter = Reporter(log, view)
        try:
            result = _baked(opened, options, settings, reporter, began)
        except FedbakeError as error:
            reporter.report(PhaseStarted("failed", error.message))
            raise
        except KeyboardInterrupt:
            reporter.report(PhaseStarted("interrupted", "no tag was moved"))
            raise
        reporter.report(PhaseStarted("done", f"in {result.seconds:.1f} s"))
    return _written(opened, result)


def _baked(
    opened: PlanDirectory, options: BakeOptions, settings: Settings, reporter: Reporter, began: float
) -> BakeResult:
    plan = opened.plan
    reporter.report(PhaseStarted("checking", "the builder, and what buildx reads in the bake file"))
    builder = ready_builder(settings, plan, options.builder, platforms_that_run(plan, options.verify))
    require_same(opened, builder, settings)
    targets = ", ".join(f"{image.role.value}" for image in plan.images)
    reporter.report(PhaseStarted("building", f"{targets} for {', '.join(plan.request.platforms)}"))
    plain_http = _plain_http(plan, settings, reporter) if options.push else ()
    with tempfile.TemporaryDirectory(prefix="fedbake-") as folder:
        first = replace(_invocation(options, settings, Path(folder) / "built.json"), plain_http=plain_http)
        attempts = _built(opened, builder, first, settings, reporter, options.timeout)
        progress = attempts[-1]
        made = digests(first.metadata) if first.destination is not Destination.CACHE else {}
        if options.push:
            images = _publish(opened, made, progress, settings, reporter)
        else:
            images = tuple(image_result(plan, one, made.get(one.role.value), (), progress) for one in plan.images)
        if options.push and options.load:
            reporter.report(PhaseStarted("loading", "into the engine"))
            again = Invocation(Destination.ENGINE, False, Path(folder) / "loaded.json", settings.ca_bundle)
            _built(opened, builder, again, settings, reporter, options.timeout)
    counts = [emulated_steps(plan, each) for each in attempts]
    return BakeResult(
        plan_id=plan.plan_id,
        built=True,
        pushed=options.push,
        loaded=options.load,
        verified=options.verify,
        emulated=sum(steps for steps, _ in counts),
        emulated_checks=sum(checks for _, checks in counts),
        plain_http=plain_http,
        seconds=round(time.monotonic() - began, 3),
        images=images,
    )


def _built(
    opened: PlanDirectory,
    builder: Builder,
    invocation: Invocation,
    settings: Settings,
    reporter: Reporter,
    timeout: float,
) -> list[BuildProgress]:
    """Build, and again after a failure of the registry that may pass; all steps then come from the cache.

    Returns the state of every attempt; the last one succeeded.
    """
    attempts = []
    for pause in (*_PAUSES, None):
        attempts.append(BuildProgress(builder.native))
        try:
            build(opened, builder, invocation, settings, reporter, timeout, attempts[-1])
        except TransientError as error:
            if pause is None:
                raise
            reporter.report(PhaseStarted("waiting", f"{error.message}; trying again in {pause:.0f} s"))
            time.sleep(pause)
        else:
            break
    return attempts


def _plain_http(plan: BuildPlan, settings: Settings, reporter: Reporter) -> tuple[str, ...]:
    with Registries(settings) as registries:
        found = plain_registries(plan, registries, settings)
    for host in found:
        reporter.report(PhaseStarted("unprotected", f"{host} speaks plain HTTP, so images travel without TLS"))
    return found


def _invocation(options: BakeOptions, settings: Settings, metadata: Path) -> Invocation:
    unpushed = Destination.ENGINE if options.load else Destination.CACHE
    destination = Destination.REGISTRY if options.push else unpushed
    return Invocation(destination, options.verify, metadata, settings.ca_bundle)


def _publish(
    opened: PlanDirectory, made: dict[str, str], progress: BuildProgress, settings: Settings, reporter: Reporter
) -> tuple[ImageResult, ...]:
    """Read back what was pushed, then move every requested tag."""
    results: list[ImageResult] = []
    moves: list[Move] = []
    with Registries(settings) as registries:
        for image in opened.plan.images:
            references = [ImageReference.parse(reference) for reference in image.references]
            registry = registries.of(references[0])
            index, result = pushed_image(registry, opened.plan, image, made.get(image.role.value), progress)
            results.append(result)
            moves += [Move(reference, index) for reference in references]
        reporter.report(PhaseStarted("publishing", f"{len(moves)} tags"))
        move_tags(moves, registries)
    return tuple(results)


def _already_there(opened: PlanDirectory, images: tuple[ImageResult, ...], began: float) -> BakeResult:
    return BakeResult(
        plan_id=opened.plan.plan_id,
        built=False,
        pushed=True,
        loaded=False,
        verified=False,
        emulated=0,
        emulated_checks=0,
        seconds=round(time.monotonic() - began, 3),
        images=images,
    )


def result_json(result: BakeResult) -> str:
    """``result.json``: keys in the order of the model."""
    return json.dumps(result.model_dump(mode="json"), indent=2, ensure_ascii=True) + "\n"


def _written(opened: PlanDirectory, result: BakeResult) -> BakeResult:
    """Leave the result in the plan directory: complete, or not at all."""
    part, final = opened.path / RESULT_PART, opened.path / RESULT
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(part, flags, 0o644), "w", encoding="ascii") as stream:
            stream.write(result_json(result))
        part.replace(final)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise cannot_write(error, final) from error
    return result
