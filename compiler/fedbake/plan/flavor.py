"""Which ML framework the repository is written for (the contract's ``ML_MODEL_FLAVOR``)."""

from fedbake.inspect.facts import Facts
from fedbake.names import Flavor
from fedbake.plan.model import Decision

# In this order: Keras code imports tensorflow too, and nearly everything imports sklearn for its metrics.
_MODULES = (
    ("torch", Flavor.PYTORCH),
    ("keras", Flavor.KERAS),
    ("tensorflow.keras", Flavor.KERAS),
    ("tensorflow", Flavor.TENSORFLOW),
    ("sklearn", Flavor.SKLEARN),
)


def choose_flavor(facts: Facts, asked: Flavor | None) -> Decision | None:
    """The flavour, and why; ``None`` when neither the request nor the imports say which it is."""
    if asked is not None:
        return Decision(subject="flavor", value=asked.value, because="asked for with --flavor")
    for module, flavor in _MODULES:
        for found in (each for path in sorted(facts.modules) for each in facts.modules[path].imports):
            if found.module == module or found.module.startswith(f"{module}."):
                because = f"the code imports {module}"
                return Decision(subject="flavor", value=flavor.value, because=because, where=str(found.location))
    return None
