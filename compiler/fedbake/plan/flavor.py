"""Which ML framework the repository is written for (the contract's ``ML_MODEL_FLAVOR``)."""

from typing import TYPE_CHECKING

from fedbake.inspect.facts import Facts
from fedbake.names import Flavor
from fedbake.plan.model import Decision

if TYPE_CHECKING:
    from fedbake.inspect.model_facts import ModelFacts

# In this order: Keras code imports tensorflow too, and nearly everything imports sklearn for its metrics.
_MODULES = (
    ("torch", Flavor.PYTORCH),
    ("keras", Flavor.KERAS),
    ("tensorflow.keras", Flavor.KERAS),
    ("tensorflow", Flavor.TENSORFLOW),
    ("sklearn", Flavor.SKLEARN),
)


FLAVOR = "flavor"
"""The subject of the decision."""


def choose_flavor(facts: Facts, asked: Flavor | None) -> Decision | None:
    """The flavour, and why; ``None`` when neither the request nor the imports say which it is."""
    if asked is not None:
        return Decision(subject=FLAVOR, value=asked.value, because="asked for with --flavor")
    for module, flavor in _MODULES:
        for found in (each for path in sorted(facts.modules) for each in facts.modules[path].imports):
            if found.module == module or found.module.startswith(f"{module}."):
                because = f"the code imports {module}"
                return Decision(subject=FLAVOR, value=flavor.value, because=because, where=str(found.location))
    return None


def choose_loader(model: "ModelFacts") -> Decision | None:
    """What loads a trained model in its image, and why; ``None`` when nothing here can."""
    if model.loader is None:
        return None
    own = model.flavor(model.loader.value)
    if own is None:
        because = "none of the model's flavours has a loader of its own here, so that MLflow's pyfunc loads it"
        return Decision(subject="loader", value=model.loader.value, because=because, where="MLmodel")
    because = f"the model has the flavour {own.name}"
    return Decision(subject="loader", value=model.loader.value, because=because, where=str(own.location))
