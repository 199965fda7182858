"""What the layers of a golden case's images weigh, kept beside it so that growth is seen in a review.

``make sizes`` bakes the case with nothing in the cache, and writes the file anew.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.baking_ground import ground
from e2e.main_job import ROOT, fedbake, machine_settings
from fedbake.bake.result import BakeResult, ImageResult
from fedbake.names import ImageReference, Platform
from fedbake.plan.model import BuildPlan
from fedbake.plan.reading import read_plan
from fedbake.registry.client import Registries, Registry

CASE = "sklearn-digits"
_TOLERANCE = 0.02
"""Bytecode and compression differ a little from one release of Python or BuildKit to the next."""
_SMALL = 10_000
"""Bytes by which any layer may change: a line of code is no growth."""

Sizes = dict[str, dict[str, dict[str, int]]]
"""By role, platform and what made the layer: compressed bytes; and those of the wheels, under ``wheels``."""


def layer_sizes(plan: BuildPlan, result: BakeResult) -> Sizes:
    """The layers fedbake has put on the base image, as the registry holds them."""
    with Registries(machine_settings()) as registries:
        return {
            image.target.value: {
                one.platform.value: {
                    "wheels": _wheels(plan, image, one.platform),
                    **dict(_layers(registries.of(_reference(image)), _reference(image).with_digest(str(one.digest)))),
                }
                for one in image.platforms
            }
            for image in result.images
        }


def _reference(image: ImageResult) -> ImageReference:
    return ImageReference.parse(image.reference)


def _wheels(plan: BuildPlan, image: ImageResult, platform: Platform) -> int:
    mine = [each for each in plan.environments if image.target in each.roles]
    return sum(each.lock(platform).download_bytes for each in mine)


def _layers(registry: Registry, reference: ImageReference) -> Iterator[tuple[str, int]]:
    """What made each layer, and its size; the first one of ours sets the working directory."""
    manifest = _read(registry, reference)
    config = json.loads(registry.blob(reference.with_digest(manifest["config"]["digest"])))
    made = [step["created_by"] for step in config["history"] if not step.get("empty_layer")]
    ours = max(number for number, step in enumerate(made) if step.startswith("WORKDIR "))
    for number, (step, layer) in enumerate(zip(made, manifest["layers"], strict=True)):
        if number >= ours:
            yield f"{number - ours} {step.partition(' #')[0]}", layer["size"]


def _read(registry: Registry, reference: ImageReference) -> dict[str, Any]:
    manifest = registry.manifest(reference)
    assert manifest is not None
    content: dict[str, Any] = json.loads(manifest.body)
    return content


def recorded() -> Sizes:
    """What was accepted last."""
    sizes: Sizes = json.loads(_file().read_text())
    return sizes


def _file() -> Path:
    return ROOT / "golden" / CASE / "sizes.json"


def differences(found: Sizes, accepted: Sizes) -> list[str]:
    """What has grown or shrunk by more than releases of other programs explain, one line each."""
    told = []
    for role, platform, layer in sorted({*_places(found), *_places(accepted)}):
        now = found.get(role, {}).get(platform, {}).get(layer, 0)
        before = accepted.get(role, {}).get(platform, {}).get(layer, 0)
        if abs(now - before) > max(_SMALL, before * _TOLERANCE):
            told.append(f"{role} {platform}: {layer}: {before:,} bytes became {now:,}")
    return told


def _places(sizes: Sizes) -> set[tuple[str, str, str]]:
    return {
        (role, platform, layer)
        for role, platforms in sizes.items()
        for platform, layers in platforms.items()
        for layer in layers
    }


def main() -> None:
    """Bake the case with nothing in the cache, and accept the sizes."""
    with tempfile.TemporaryDirectory(prefix="fedbake-sizes-", dir="/var/tmp") as folder, ground(Path(folder)) as place:
        plan = place.plan(ROOT / "golden" / CASE / "repo", place.fresh_base(), f"sizes/{CASE}")
        fedbake("bake", str(plan), "--no-verify")
        found = layer_sizes(read_plan(plan), BakeResult.model_validate_json((plan / "result.json").read_bytes()))
    for line in differences(found, recorded() if _file().exists() else {}):
        print(line, file=sys.stderr)
    _file().write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
