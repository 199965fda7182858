"""Why a worker needs what `fedbake.worker.doctor` looks at: one sentence for each kind of check."""

from fedbake.worker.check import Check

_REASONS = {
    "engine": "It builds the images and, with the driver docker, is itself the builder; no other program of fedbake "
    "runs code of a repository.",
    "buildx": "It reads the bake file and drives BuildKit; before 0.13.1 it cannot do what a plan says.",
    "builder": "One build makes the images of all platforms, and only some builders can put several into one image.",
    "platform": "Every image is started once on each of its platforms before a tag moves.",
    "emulator": "QEMU runs programs of another processor: the checks, and compilers where a package has no wheel.",
    "registry": "Images are handed over there; their tags are moved when all of them are complete.",
    "login": "A registry that lets only some accounts push has to be told which one this is; docker login keeps it.",
    "certificate": "The builder pushes and reads images itself, and trusts the authorities of its own machine only.",
    "plain-http": "BuildKit refuses plain HTTP unless it is told; fedbake tells it for pushing, only its own "
    "configuration does for reading.",
    "disk": "Packages, layers and build cache of a few projects take tens of gigabytes, and a full disk fails a build "
    "late.",
    "ca-bundle": "It says whom to trust when sources, packages and registries are reached over TLS, in builds too.",
    "git": "Repositories are read with it.",
    "index": "Versions are chosen from the package index, and builds fetch their packages there.",
    "base-images": "A site that reaches no public registry makes its own Python base images from Debian packages.",
    "state": "Locks, work folders and notifications that could not be delivered have to outlast a run.",
    "notices": "A manager that was not reached still has to learn how a build ended.",
    "mqtt": "The FLOps manager learns from this broker that a build has started, succeeded or failed.",
    "observer": "The project's observer shows its user what the builder does.",
}


def reason(check: Check) -> str:
    """Why it is needed."""
    return _REASONS[check.name.partition(" ")[0]]
