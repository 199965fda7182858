"""What each role's image holds and how it is configured, as the FLOps contract asks (docs/flops-contract.md)."""

from collections.abc import Sequence

from fedbake.names import Flavor, ImageReference, Role
from fedbake.plan.model import Environment, EnvironmentLayer, FilesLayer, Image, Request

VENV = "/opt/venv"
USER = 10001
_WORKDIR = {Role.LEARNER: "/fl_learner", Role.AGGREGATOR: "/fl_aggregator", Role.INFERENCE: "/inference"}
# An aggregator: Flower's gRPC server, which learners reach through its service address. A model: HTTP.
_PORTS = {Role.LEARNER: (), Role.AGGREGATOR: (8080,), Role.INFERENCE: (8080,)}


def image_of(role: Role, request: Request, environments: Sequence[Environment], revision: str) -> Image:
    """The image of one role; layers are ordered by how rarely they change.

    Args:
        revision: what the image is made from (``Snapshot.revision``): its tag, and told to the actor.
    """
    workdir = _WORKDIR[role]
    return Image(
        role=role,
        references=(str(_reference(role, request, revision)),),
        layers=(
            *(_dependencies(environment) for environment in environments if role in environment.roles),
            FilesLayer(
                folders=("context/actors/shared", f"context/actors/{role.value}"),
                destination=workdir,
                reason="the server" if role is Role.INFERENCE else f"the {role.value} itself",
            ),
            _last(role, workdir),
        ),
        workdir=workdir,
        user=USER,
        command=("python", "main.py"),
        ports=_PORTS[role],
        variables={**_role_variables(role, request.flavor, revision), **_everywhere(workdir)},
    )


def _reference(role: Role, request: Request, revision: str) -> ImageReference:
    named = request.images.get(role, f"{request.repository}/{role.value}:{revision}")
    repository, _, tag = named.rpartition(":")
    return ImageReference(request.registry, repository, tag)


def _dependencies(environment: Environment) -> EnvironmentLayer:
    if environment.roles == (Role.INFERENCE,):
        reason = "what the model and its server need"
    elif len(environment.roles) > 1:
        reason = "dependencies all images share"
    else:
        reason = f"what only the {environment.roles[0].value} needs"
    return EnvironmentLayer(environment=environment.name, destination=VENV, reason=reason)


def _last(role: Role, workdir: str) -> FilesLayer:
    """What changes most often."""
    if role is Role.INFERENCE:
        reason = "the model: other models of the same environment share every layer below"
        return FilesLayer(folders=("context/model",), destination=f"{workdir}/model", reason=reason)
    reason = "the user's code: the layer that changes most often comes last"
    return FilesLayer(folders=("context/ml_repo",), destination=f"{workdir}/ml_repo", reason=reason)


def _role_variables(role: Role, flavor: Flavor | None, revision: str) -> dict[str, str]:
    if role is Role.INFERENCE or flavor is None:
        return {}
    return {
        "ML_MODEL_FLAVOR": flavor.value,
        # The aggregator tags its runs in MLflow with it.
        "FEDBAKE_REVISION": revision,
        "FLWR_TELEMETRY_ENABLED": "0",
        # MLflow looks for a commit of its own, and GitPython complains at length that images have no git.
        "GIT_PYTHON_REFRESH": "quiet",
    }


def _everywhere(workdir: str) -> dict[str, str]:
    return {
        # The user has a number but no account: libraries that look for a home or a name find one here.
        "HOME": workdir,
        "USER": "fedbake",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
