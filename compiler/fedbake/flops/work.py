"""What a builder does between its first and its last word: find out what stands already, and make what does not."""

from dataclasses import replace
from functools import partial

from fedbake.errors import UsageError
from fedbake.flops import choices
from fedbake.flops.arguments import Actors, Arguments, TrainedModel
from fedbake.flops.images import actor_images, actor_repository, model_images, platforms_of, registry_host
from fedbake.flops.narration import Narration
from fedbake.flops.standing import stand_already
from fedbake.names import ACTORS, Flavor, Role
from fedbake.plan.request import Asked
from fedbake.registry.images import PlatformImage
from fedbake.render.bakefile import SOURCE_LABEL
from fedbake.settings import Settings
from fedbake.source.location import masked, parse_remote
from fedbake.source.material import LOGGED_MODEL, Material, ModelRun, Repository, fetch_material
from fedbake.source.snapshot import Snapshot
from fedbake.source.tracking_uri import TrackingServer, parse_tracking_uri


def work(arguments: Arguments, settings: Settings, narration: Narration) -> None:
    """Have the images of a job stand in the registry.

    Raises:
        FedbakeError: anything that stops it; every tag is as it was.
    """
    asked = Asked(
        platforms=platforms_of(arguments.platforms),
        registry=registry_host(arguments.common.registry_url),
        base_images=choices.base_images(settings.environment),
        as_of=choices.as_of(settings.environment),
    )
    match arguments.job:
        case Actors() as job:
            _train(job, asked, settings, narration)
        case TrainedModel() as job:
            _serve(job, asked, settings, narration)


def _train(job: Actors, asked: Asked, settings: Settings, narration: Narration) -> None:
    remote = parse_remote(job.repository)
    if remote is None:
        hint = "give the https:// or ssh:// URL of the repository"
        raise UsageError("a builder reads repositories of Git hosts only", where=masked(job.repository), hint=hint)
    repository = actor_repository(remote)
    if job.devel_base_images:
        narration.say("--use-devel-base-images changes nothing: unchanged dependencies are never installed twice")
    wanted = replace(asked, targets=ACTORS, flavor=job.flavor, repository=repository)
    snapshot = _read(Repository(job.repository, None), wanted, settings, narration)
    if snapshot.commit is None:
        raise AssertionError("what was fetched from a Git host is a commit")
    wanted = replace(wanted, images=actor_images(repository, snapshot.commit))
    trains_this = partial(_has_flavor, job.flavor)
    if not stand_already(wanted, trains_this, settings, narration.say):
        _make(snapshot, wanted, settings, narration)


def _serve(job: TrainedModel, asked: Asked, settings: Settings, narration: Narration) -> None:
    images = model_images(job.customer, job.run_id)
    wanted = replace(asked, targets=(Role.INFERENCE,), images=images)
    serves_this = partial(_is_of_run, parse_tracking_uri(job.tracking_uri, settings), job.run_id)
    if not stand_already(wanted, serves_this, settings, narration.say):
        model = ModelRun(job.tracking_uri, job.run_id, LOGGED_MODEL)
        _make(_read(model, wanted, settings, narration), wanted, settings, narration)


def _has_flavor(flavor: Flavor, image: PlatformImage) -> bool:
    return image.environment.get("ML_MODEL_FLAVOR") == flavor.value


def _is_of_run(server: TrackingServer, run_id: str, image: PlatformImage) -> bool:
    """Customers whose ids differ in capital letters alone share image names; another server's run is not theirs."""
    source = image.labels.get(SOURCE_LABEL, "")
    return source.startswith(f"{server.url}/#/") and source.endswith(f"/runs/{run_id}")


def _read(material: Material, wanted: Asked, settings: Settings, narration: Narration) -> Snapshot:
    what = " and ".join(role.value for role in wanted.targets) + (" images" if len(wanted.targets) > 1 else " image")
    narration.say(f"making the {what} of {material.shown} for {', '.join(wanted.platforms)}")
    return fetch_material(material, settings, narration.say)


def _make(snapshot: Snapshot, asked: Asked, settings: Settings, narration: Narration) -> None:
    # Whoever is answered by what stands already does not wait for the compiler to be imported.
    from fedbake.flops.making import make

    make(snapshot, asked, choices.builder(settings.environment), settings, narration)
