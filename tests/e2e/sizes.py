"""What the layers of golden cases' images weigh, kept beside each case so that growth is seen in a review.

``make sizes`` bakes the cases with nothing in the cache, and writes their files and the table in docs/performance.md.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.baking_ground import ground
from bench.page import write_section
from e2e.main_job import ROOT, fedbake, machine_settings
from fedbake.bake.result import BakeResult, ImageResult
from fedbake.names import ImageReference, Platform, Role
from fedbake.plan.model import BuildPlan
from fedbake.plan.reading import read_plan
from fedbake.registry.client import Registries, Registry

CASES = {
    "sklearn-digits": (),
    "digits-federated": (),
    "torch-federated": ("--platform", Platform.ARM64.value),
    "served-digits": ("--target", Role.INFERENCE.value),
}
"""The cases, and what they are planned with."""

_TOLERANCE = 0.02
"""Bytecode and compression differ a little from one release of Python or BuildKit to the next."""
_SMALL = 10_000
"""Bytes by which any layer may change: a line of code is no growth."""

_PACKAGES = " /opt/venv"
"""How the instruction ends that puts packages into an image."""
_SHARED = "COPY /opt/venv /opt/venv"
"""The instruction for those that are the same on every platform, where there are several."""

Sizes = dict[str, dict[str, dict[str, int]]]
"""By role, platform and what made the layer: compressed bytes; and those of the wheels, under ``wheels``."""


def layer_sizes(directory: Path) -> Sizes:
    """The layers a bake has put on its base image, as the registry holds them.

    Args:
        directory: of the plan that was baked.
    """
    plan = read_plan(directory)
    result = BakeResult.model_validate_json((directory / "result.json").read_bytes())
    with Registries(machine_settings()) as registries:
        return {
            image.target.value: {
                one.platform.value: {
                    "wheels": _wheels(plan, image, one.platform),
                    **{step: layer["size"] for step, layer in image_layers(image, str(one.digest), registries)},
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


def image_layers(image: ImageResult, digest: str, registries: Registries) -> Iterator[tuple[str, dict[str, Any]]]:
    """What made each layer on top of the base image, and its descriptor; the first one sets the working directory.

    Args:
        digest: of the image of one platform.
    """
    reference = _reference(image).with_digest(digest)
    registry = registries.of(reference)
    manifest = _read(registry, reference)
    config = json.loads(registry.blob(reference.with_digest(manifest["config"]["digest"])))
    made = [step["created_by"] for step in config["history"] if not step.get("empty_layer")]
    ours = max(number for number, step in enumerate(made) if step.startswith("WORKDIR "))
    for number, (step, layer) in enumerate(zip(made, manifest["layers"], strict=True)):
        if number >= ours:
            yield f"{number - ours} {step.partition(' #')[0]}", layer


def _read(registry: Registry, reference: ImageReference) -> dict[str, Any]:
    manifest = registry.manifest(reference)
    assert manifest is not None
    content: dict[str, Any] = json.loads(manifest.body)
    return content


def growth(case: str, directory: Path) -> list[str]:
    """What has grown or shrunk since it was accepted by more than releases of other programs explain, one line each."""
    return _differences(layer_sizes(directory), json.loads(_file(case).read_text()))


def _file(case: str) -> Path:
    return ROOT / "golden" / case / "sizes.json"


def _differences(found: Sizes, accepted: Sizes) -> list[str]:
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


def table() -> str:
    """All cases in Markdown: what fedbake's layers weigh beside the wheels that are in them."""
    lines = [
        "| case | image | platform | wheels | dependencies | of these shared by all platforms | all other layers "
        "| dependencies to wheels |",
        "|---|---|---|---:|---:|---:|---:|---:|",
    ]
    for case in CASES:
        for role, platforms in json.loads(_file(case).read_text()).items():
            for platform, layers in platforms.items():
                wheels = layers.pop("wheels")
                packages = sum(size for step, size in layers.items() if step.endswith(_PACKAGES))
                shared = sum(size for step, size in layers.items() if step.endswith(_SHARED) and len(platforms) > 1)
                others = sum(layers.values()) - packages
                cells = f"{_mb(wheels)} | {_mb(packages)} | {_mb(shared)} | {others / 1e6:.2f} MB"
                cells += f" | {packages / wheels:.0%}"
                lines.append(f"| {case} | {role} | {platform} | {cells} |")
    return "\n".join(lines)


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def main() -> None:
    """Bake the cases with nothing in the cache, and accept the sizes."""
    with tempfile.TemporaryDirectory(prefix="fedbake-sizes-", dir="/var/tmp") as folder, ground(Path(folder)) as place:
        for case, options in CASES.items():
            directory = place.plan(ROOT / "golden" / case / "repo", place.fresh_base(), f"sizes/{case}", *options)
            fedbake("bake", str(directory), "--no-verify")
            for line in growth(case, directory) if _file(case).exists() else ():
                print(f"{case}: {line}", file=sys.stderr)
            _file(case).write_text(json.dumps(layer_sizes(directory), indent=2) + "\n")
    write_section("sizes", table())


if __name__ == "__main__":
    main()
