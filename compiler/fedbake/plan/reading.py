"""Reading a plan back from its directory."""

from pathlib import Path

from fedbake.errors import UsageError
from fedbake.plan.model import SCHEMA_VERSION, BuildPlan

_LIMIT_BYTES = 64 * 2**20


def read_plan(directory: Path) -> BuildPlan:
    """The plan in a directory, for looking at; `fedbake bake` also checks every file beside it.

    Raises:
        UsageError: there is no plan, or it is not one this version understands.
    """
    from pydantic import ValidationError

    path = directory / "plan.json"
    try:
        if path.stat().st_size > _LIMIT_BYTES:
            raise UsageError("plan.json is larger than any plan", where=str(path))
        return BuildPlan.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError("there is no plan here", where=str(directory), hint="make one with fedbake plan -o") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"plan.json is not a plan of schema version {SCHEMA_VERSION}: {place}: {first['msg']}",
            where=str(path),
            hint="make the plan again with this version of fedbake",
        ) from error
