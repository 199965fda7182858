"""Which imports a file has, which of them it can do without, and which files they reach."""

import pytest

from fedbake.inspect.facts import ImportFacts, Location
from fedbake.inspect.import_graph import SourceTree


@pytest.fixture
def imports(facts_of):
    """The imports of a file with this text."""

    def found(text, path="model_manager.py"):
        facts = facts_of({path: text})
        assert facts.problems == ()
        return facts.modules[path].imports

    return found


def an_import(module, *names):
    return ImportFacts(module, Location("model_manager.py"), names)


@pytest.mark.parametrize(
    ("path", "text", "module", "names"),
    [
        ("a/b/c.py", "from . import d", "a.b", ("d",)),
        ("a/b/c.py", "from .d import e, f", "a.b.d", ("e", "f")),
        ("a/b/c.py", "from ..x.y import z", "a.x.y", ("z",)),
        ("a/b/__init__.py", "from .c import *", "a.b.c", ()),
        ("model_manager.py", "from .layers import block", "layers", ("block",)),
        ("model_manager.py", "from . import layers", "layers", ()),
        ("a/b.py", "from ....layers import block", "layers", ("block",)),
    ],
)
def test_a_relative_import_is_resolved_by_the_place_of_its_file(imports, path, text, module, names):
    (found,) = imports(text, path)
    assert (found.module, found.names, found.relative) == (module, names, True)


@pytest.mark.parametrize(
    "around",
    [
        "try:\n    {}\nexcept ImportError:\n    x = None\n",
        "try:\n    {}\nexcept (ValueError, ModuleNotFoundError) as error:\n    print(error)\n",
        "try:\n    {}\nexcept:\n    pass\n",
        "try:\n    import torch\nexcept ImportError:\n    {}\n",
        "if TYPE_CHECKING:\n    {}\n",
        "if typing.TYPE_CHECKING:\n    {}\n",
        "if __name__ == '__main__':\n    {}\n",
        "if sys.version_info >= (3, 11):\n    import tomllib\nelse:\n    {}\n",
        "if sys.platform == 'win32':\n    {}\n",
        "with contextlib.suppress(ImportError):\n    {}\n",
        "try:\n    def f():\n        if x:\n            {}\nexcept ImportError:\n    pass\n",
    ],
)
def test_code_can_do_without_an_import(imports, around):
    for statement in ("import wanted", "from wanted import x", "y = importlib.import_module('wanted')"):
        assert [each.optional for each in imports(around.format(statement)) if each.module == "wanted"] == [True]


@pytest.mark.parametrize(
    "around",
    [
        "{}\n",
        "def f():\n    {}\n",
        "if x:\n    {}\n",
        "try:\n    {}\nexcept ValueError:\n    pass\n",
        "try:\n    {}\nexcept ImportError as error:\n    raise RuntimeError('install it') from error\n",
        "try:\n    {}\nexcept ImportError:\n    print('install it')\n    sys.exit(1)\n",
        "try:\n    x()\nexcept ImportError:\n    pass\nfinally:\n    {}\n",
        "if TYPE_CHECKING:\n    pass\nelse:\n    {}\n",
        "with open(x):\n    {}\n",
    ],
)
def test_code_needs_an_import(imports, around):
    for statement in ("import wanted", "from wanted import x", "y = importlib.import_module('wanted')"):
        assert [each.optional for each in imports(around.format(statement)) if each.module == "wanted"] == [False]


def test_relative_imports_are_none_of_a_package_of_that_name(facts_of):
    facts = facts_of({"model_manager.py": "import torch\n", "torch/__init__.py": "", "torch/a.py": "from . import b\n"})
    assert [str(each.location) for each in facts.imports_of("torch")] == ["model_manager.py:1:1"]


def test_what_the_actors_import_is_followed_through_the_repository(facts_of):
    facts = facts_of(
        {
            "model_manager.py": "import net.deep.resnet\nfrom data_manager import DataManager\n",
            "data_manager.py": "from helpers import loading, paths\n",
            "net/__init__.py": "from .registry import register\n",
            "net/registry.py": "",
            "net/deep/resnet.py": "from ..blocks import Block\n",
            "net/blocks.py": "import model_manager\n",
            "net/unused.py": "import tensorflow\n",
            "helpers/loading.py": "",
            "helpers/paths/__init__.py": "",
            "train.py": "import net.unused\n",
        }
    )
    assert facts.used_modules == (
        "data_manager.py",
        "helpers/loading.py",
        "helpers/paths/__init__.py",
        "model_manager.py",
        "net/__init__.py",
        "net/blocks.py",
        "net/deep/resnet.py",
        "net/registry.py",
    )


def test_nothing_is_used_in_a_repository_without_managers(facts_of):
    assert facts_of({"train.py": "import torch\n"}).used_modules == ()


@pytest.mark.parametrize(
    ("found", "owned"),
    [
        (an_import("layers"), True),
        (an_import("pkg.anything"), True),
        (an_import("fast"), True),
        (an_import("datasets.loader"), True),
        (an_import("datasets", "loader"), True),
        (an_import("datasets"), True),
        (an_import("datasets", "text"), True),
        # A folder without __init__.py comes after an installed package of its name.
        (an_import("datasets", "load_dataset"), False),
        (an_import("wandb"), False),
        (an_import("wandb.sdk"), False),
        (an_import("torch"), False),
        (an_import("hidden"), False),
    ],
)
def test_a_module_belongs_to_the_repository(found, owned):
    paths = ["layers.py", "pkg/__init__.py", "fast.cpython-311-x86_64-linux-gnu.so", "datasets/loader.py"]
    tree = SourceTree.of(
        [*paths, "datasets/text/clean.py", "wandb/run-1/files/code.py", "torch/README.md", "src/hidden.py"]
    )
    assert tree.owns(found) is owned
