"""The identity of a plan: the digest of its canonical form."""

import hashlib
import json
from typing import Any

from fedbake.plan.model import BuildPlan

_UNKNOWN = "0" * 64


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no insignificant space, ASCII only: equal values give equal bytes on any machine."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def plan_id(plan: BuildPlan) -> str:
    """64 hex digits that depend on everything in the plan but the identity itself."""
    return hashlib.sha256(canonical(plan.model_dump(mode="json", exclude={"plan_id"}))).hexdigest()


def identified(plan: BuildPlan) -> BuildPlan:
    """The plan with its identity filled in."""
    return plan.model_copy(update={"plan_id": plan_id(plan)})


def unidentified() -> str:
    """The place holder a plan carries until `identified` has seen all of it."""
    return _UNKNOWN
