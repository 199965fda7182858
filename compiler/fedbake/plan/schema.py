"""The JSON Schema of ``plan.json``, for programs that read plans: ``python -m fedbake.plan.schema`` prints it."""

import json

from fedbake.plan.model import SCHEMA_VERSION, BuildPlan


def schema() -> str:
    """The schema (JSON Schema 2020-12) of the plans this version writes."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"fedbake plan, version {SCHEMA_VERSION}",
    }
    return json.dumps({**BuildPlan.model_json_schema(mode="serialization"), **head}, indent=2) + "\n"


if __name__ == "__main__":
    print(schema(), end="")  # noqa: T201 -- printing is what the command is for
