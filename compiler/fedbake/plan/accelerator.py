"""What the images compute on, as a reviewer of the plan sees it."""

from collections.abc import Iterator, Mapping

from fedbake.inspect.facts import Facts
from fedbake.names import Accelerator, Role
from fedbake.plan.model import Decision


def accelerator_decisions(
    facts: Facts, asked: Mapping[Role, Accelerator], targets: tuple[Role, ...]
) -> Iterator[Decision]:
    """What was asked for; and where the repository says something about it that nobody asked for.

    A dependency file names the hardware of the machine it was written on (``cpuonly``, ``pytorch-cuda=11.8``). Where
    the images will run is another question, which only the request answers.
    """
    chosen = {role: asked[role] for role in targets if role in asked}
    if chosen:
        value = ", ".join(f"{role.value}: {accelerator.value}" for role, accelerator in chosen.items())
        yield Decision(subject="accelerator", value=value, because="asked for with --accelerator")
    if facts.accelerators and len(chosen) < len(targets):
        first = facts.accelerators[0]
        wish = Accelerator.CPU if first.value == Accelerator.CPU else Accelerator.CUDA
        yield Decision(
            subject="accelerator",
            value="the builds the package index has",
            because=(
                f"a dependency file asks for {wish.value}, but describes the machine it was written on;"
                f" --accelerator {wish.value} says it of the images"
            ),
            where=str(first.location),
        )
