"""What each role's image holds and how it is configured, as the FLOps contract asks (docs/flops-contract.md)."""

from collections.abc import Sequence

from fedbake.names import Flavor, ImageReference, Role
from fedbake.plan.model import Environment, EnvironmentLayer, FilesLayer, Image, Request

VENV = "/opt/venv"
USER = 10001
_WORKDIR = {Role.LEARNER: "/fl_learner", Role.AGGREGATOR: "/fl_aggregator"}
# Flower's gRPC server; learners reach it through the aggregator's service address.
_PORTS = {Role.LEARNER: (), Role.AGGREGATOR: (8080,)}


def image_of(role: Role, request: Request, environments: Sequence[Environment], revision: str) -> Image:
    """The image of one role; layers are ordered by how rarely they change.

    Args:
        revision: what the image is made from (``Snapshot.revision``): its tag, and told to the actor.
    """
    workdir = _WORKDIR[role]
    reference = ImageReference(request.registry, f"{request.repository}/{role.value}", revision)
    return Image(
        role=role,
        references=(str(reference),),
        layers=(
            *(_dependencies(environment) for environment in environments if role in environment.roles),
            FilesLayer(
                folders=("context/actors/shared", f"context/actors/{role.value}"),
                destination=workdir,
                reason=f"the {role.value} itself",
            ),
            FilesLayer(
                folders=("context/ml_repo",),
                destination=f"{workdir}/ml_repo",
                reason="the user's code: the layer that changes most often comes last",
            ),
        ),
        workdir=workdir,
        user=USER,
        command=("python", "main.py"),
        ports=_PORTS[role],
        variables=_variables(request.flavor, revision, workdir),
    )


def _dependencies(environment: Environment) -> EnvironmentLayer:
    shared = len(environment.roles) > 1
    reason = "dependencies all images share" if shared else f"what only the {environment.roles[0].value} needs"
    return EnvironmentLayer(environment=environment.name, destination=VENV, reason=reason)


def _variables(flavor: Flavor, revision: str, workdir: str) -> dict[str, str]:
    return {
        "ML_MODEL_FLAVOR": flavor.value,
        # The aggregator tags its runs in MLflow with it.
        "FEDBAKE_REVISION": revision,
        "FLWR_TELEMETRY_ENABLED": "0",
        # The user has a number but no account: libraries that look for a home or a name find one here.
        "HOME": workdir,
        "USER": "fedbake",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
