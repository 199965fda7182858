"""What the name BuildKit gives a step says: whose it is, for which platform, and where its program runs.

The grammar is that of BuildKit's Dockerfile frontend (``prefixCommand``), with the target's name put first by buildx.
``linux/amd64->arm64`` is a program of the builder's own architecture working for another one.
"""

import re
from dataclasses import dataclass, field

from fedbake.names import Platform
from fedbake.render.bakefile import CHECK_PREFIX, VERIFY_STAGE
from fedbake.source.text import printable

_NAME = re.compile(
    r"\[(?P<target>[a-zA-Z0-9_-]+) "
    r"(?P<runs_on>[a-z0-9]+/[a-z0-9]+(?:/[a-z0-9]+)?)(?:->(?P<made_for>[a-z0-9/]+))? "
    r"(?P<stage>\S+) (?P<number>[0-9]+)/(?P<count>[0-9]+)\] (?:LINK )?(?P<instruction>.*)",
    re.ASCII | re.DOTALL,
)
_INSTRUCTION_CHARACTERS = 600
_FLAGS = re.compile(r"(?<=^RUN )(?:--\S+ +)+")


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction of a Dockerfile, for one target and platform.

    Equal for what is the same work: BuildKit shares a step between stages that begin alike, and then calls it by the
    name of either one, so the stage is no part of the identity.

    Attributes:
        platform: the platform the step is for; the builder's own, when it is for all platforms at once.
        runs_on: the platform of the programs it runs.
        stage: one of the stages it belongs to.
    """

    target: str
    platform: Platform
    runs_on: str
    number: int
    instruction: str
    stage: str = field(default="", compare=False)

    @property
    def runs_program(self) -> bool:
        """Whether the step runs a program of the image, which is what has to be emulated elsewhere."""
        return self.instruction.startswith("RUN ")

    @property
    def is_check(self) -> bool:
        """Whether it belongs to a target that checks an image rather than builds it."""
        return self.target.startswith(CHECK_PREFIX)

    @property
    def runs_check(self) -> bool:
        """Whether it runs the checks themselves."""
        return self.is_check and self.runs_program and self.stage == VERIFY_STAGE

    @property
    def installs(self) -> bool:
        """Whether it makes the dependencies of an image: no other step of an image runs a program."""
        return self.runs_program and not self.is_check

    def is_emulated(self, native: frozenset[str]) -> bool:
        """Whether its programs need QEMU on a builder with these native platforms."""
        return self.runs_program and self.runs_on not in native

    def __str__(self) -> str:
        via = "" if self.runs_on == self.platform.value else f", made on {self.runs_on}"
        return f"{self.target} {self.platform.value}{via}: {self.instruction}"


def shortened(instruction: str) -> str:
    """An instruction for a person: the command, without the flags that say what is mounted."""
    return " ".join(_FLAGS.sub("", instruction).split())


def parse_step(name: str) -> Step | None:
    """The step a name describes; ``None`` for BuildKit's own work (loading, exporting) and for unknown platforms."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    runs_on = match["runs_on"]
    platform = _platform(match["made_for"]) if match["made_for"] else _of_stage(match["stage"], runs_on)
    if platform is None:
        return None
    return Step(
        match["target"],
        platform,
        runs_on,
        int(match["number"]),
        printable(match["instruction"], _INSTRUCTION_CHARACTERS),
        match["stage"],
    )


def _platform(name: str) -> Platform | None:
    """The platform of a name such as ``linux/arm64``; after an arrow the system is left out when it is the same."""
    full = name if name.startswith("linux/") else f"linux/{name}"
    return next((known for known in Platform if known.value == full), None)


def _of_stage(stage: str, runs_on: str) -> Platform | None:
    """The platform a stage works for: BuildKit writes an arrow only in stages that declare ``ARG TARGETARCH``.

    Fedbake's templates end the name of a stage that works for one platform, on whatever CPU, with its architecture.
    """
    named = next((known for known in Platform if stage.endswith(f"-{known.arch}")), None)
    return named or _platform(runs_on)
