"""Baking a plan: check everything, build and verify, publish. A failure at any point leaves every tag as it was."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

from fedbake.bake.attempts import build_persistently
from fedbake.bake.build import Reporter
from fedbake.bake.builder import Builder, platforms_that_run, ready_builder
from fedbake.bake.directory import EVENTS, PlanDirectory, open_plan
from fedbake.bake.event import PhaseStarted
from fedbake.bake.eventlog import EventLog
from fedbake.bake.existing import TakenTags, existing_images
from fedbake.bake.invocation import Destination, Invocation
from fedbake.bake.lock import plan_lock
from fedbake.bake.oracle import require_same
from fedbake.bake.outcome import digests, emulated_steps, image_result
from fedbake.bake.plain_http import plain_among
from fedbake.bake.publishing import publish
from fedbake.bake.result import BakeResult
from fedbake.bake.result_file import write_result
from fedbake.bake.view import View
from fedbake.errors import FedbakeError
from fedbake.names import ImageReference
from fedbake.plan.model import BuildPlan
from fedbake.registry.client import Registries
from fedbake.scratch import scratch_folder
from fedbake.settings import Settings

_SIX_HOURS = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class BakeOptions:
    """How a plan is baked; never what.

    Attributes:
        push: push to the registry and move the tags.
        load: put the images into the engine as well, under the requested references.
        verify: run the checks inside the images, on every platform, before any tag moves.
        builder: name of a buildx builder; the one in use when ``None``.
        timeout: seconds the build may take.
        taken: what becomes of requested tags that stand for images already.
        cache: a repository that keeps layers for other builders; its tags are fedbake's (`fedbake.bake.layer_cache`).
    """

    push: bool = True
    load: bool = False
    verify: bool = True
    builder: str | None = None
    timeout: float = _SIX_HOURS
    taken: TakenTags = TakenTags.MOVE
    cache: ImageReference | None = None


def bake(directory: Path, options: BakeOptions, settings: Settings, view: View) -> BakeResult:
    """Bake a plan directory and leave ``result.json`` and ``events.ndjson`` in it.

    One plan is baked by one builder of a worker at a time. Who comes second waits, and is answered with the images it
    then finds in the registry.

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
        TransientError: something failed in a way that may pass, and did not pass in time.
        KeyboardInterrupt: the user interrupted; nothing is left running and no tag has moved.
    """
    began = time.monotonic()
    opened = open_plan(directory)
    with view:
        result = _answer(opened, options, settings, Reporter(view), began)
        if result is None:
            result = _alone(opened, options, settings, view, began)
    write_result(opened.path, result)
    return result


def _answer(
    opened: PlanDirectory, options: BakeOptions, settings: Settings, reporter: Reporter, began: float
) -> BakeResult | None:
    """The result when the registry holds everything already; ``None`` when there is something to do."""
    if options.load or not options.push:
        return None
    with Registries(settings, reporter.notice) as registries:
        images = existing_images(opened.plan, options.taken, registries)
    if images is None:
        return None
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


def _alone(opened: PlanDirectory, options: BakeOptions, settings: Settings, view: View, began: float) -> BakeResult:
    """Bake while no other builder of this worker bakes the same plan."""
    waiting = Reporter(view)

    def on_wait() -> None:
        waiting.notice("another builder bakes this plan; waiting for it")

    with plan_lock(settings.state_dir / "locks", opened.plan.plan_id, on_wait) as waited:
        answer = _answer(opened, options, settings, waiting, began) if waited else None
        return answer or _logged(opened, options, settings, view, began)


def _logged(opened: PlanDirectory, options: BakeOptions, settings: Settings, view: View, began: float) -> BakeResult:
    with EventLog(opened.path / EVENTS) as log:
        reporter = Reporter(view, log)
        try:
            result = _baked(opened, options, settings, reporter, began)
        except FedbakeError as error:
            reporter.report(PhaseStarted("failed", error.message))
            raise
        except KeyboardInterrupt:
            reporter.report(PhaseStarted("interrupted", "no tag was moved"))
            raise
        reporter.report(PhaseStarted("done", f"in {result.seconds:.1f} s"))
    return result


def _baked(
    opened: PlanDirectory, options: BakeOptions, settings: Settings, reporter: Reporter, began: float
) -> BakeResult:
    plan = opened.plan
    reporter.report(PhaseStarted("checking", "the builder, and what buildx reads in the bake file"))
    builder = ready_builder(settings, plan, options.builder, platforms_that_run(plan, options.verify))
    require_same(opened, builder, settings)
    targets = ", ".join(f"{image.role.value}" for image in plan.images)
    reporter.report(PhaseStarted("building", f"{targets} for {', '.join(plan.request.platforms)}"))
    plain_http = _plain_http(plan, options, settings, reporter)
    with scratch_folder() as folder:
        first = Invocation(
            _destination(options), options.verify, folder / "built.json", settings.ca_bundle, plain_http, options.cache
        )
        attempts = build_persistently(opened, builder, first, settings, reporter, options.timeout)
        progress = attempts[-1]
        made = digests(first.metadata) if first.destination is not Destination.CACHE else {}
        if options.push:
            images = publish(plan, made, progress, options.taken, settings, reporter)
        else:
            images = tuple(image_result(plan, one, made.get(one.role.value), (), progress) for one in plan.images)
        if options.push and options.load:
            reporter.report(PhaseStarted("loading", "into the engine"))
            again = Invocation(Destination.ENGINE, False, folder / "loaded.json", settings.ca_bundle)
            build_persistently(opened, builder, again, settings, reporter, options.timeout)
        if options.cache is not None:
            _keep_layers(opened, builder, first, options, settings, reporter)
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


def _keep_layers(
    opened: PlanDirectory,
    builder: Builder,
    built: Invocation,
    options: BakeOptions,
    settings: Settings,
    reporter: Reporter,
) -> None:
    """Keep the layers of what was built for other builders. That it fails changes nothing about the images."""
    reporter.report(PhaseStarted("caching", f"layers in {options.cache}"))
    for platform in opened.plan.request.platforms:
        keeping = replace(built, destination=Destination.CACHE, verify=False, keep=platform)
        try:
            build_persistently(opened, builder, keeping, settings, reporter, options.timeout)
        except FedbakeError as error:
            reporter.report(PhaseStarted("caching", f"{platform.value} is not kept: {error.message}"))


def _plain_http(plan: BuildPlan, options: BakeOptions, settings: Settings, reporter: Reporter) -> tuple[str, ...]:
    named = [ImageReference.parse(each) for image in plan.images for each in image.references] if options.push else []
    named += [options.cache] if options.cache is not None else []
    with Registries(settings, reporter.notice) as registries:
        found = plain_among(named, registries, settings)
    for host in found:
        reporter.report(PhaseStarted("unprotected", f"{host} speaks plain HTTP, so images travel without TLS"))
    return found


def _destination(options: BakeOptions) -> Destination:
    if options.push:
        return Destination.REGISTRY
    return Destination.ENGINE if options.load else Destination.CACHE
