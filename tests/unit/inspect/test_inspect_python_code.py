"""What the syntax tree of Python files says; nothing is ever imported."""

import pytest


@pytest.fixture
def module(facts_of):
    """The facts of a model_manager.py with this text."""

    def facts(text):
        found = facts_of({"model_manager.py": text})
        assert found.problems == ()
        return found.modules["model_manager.py"]

    return facts


def arity(method):
    return method.required, method.accepted


def test_methods_are_counted_without_self(module):
    methods = module(
        "class ModelManager:\n"
        "    def get_model(self): ...\n"
        "    def set_model_parameters(self, parameters): ...\n"
        "    def fit_model(self, epochs=1, *, rate, decay=0): ...\n"
        "    async def evaluate_model(self, *arguments, **options): ...\n"
        "    @staticmethod\n"
        "    def helper(a, b=2): ...\n"
        "    @classmethod\n"
        "    def create(cls, a): ...\n"
        "    def positional(self, a, /, b): ...\n"
        "    def forgotten(): ...\n"
        "    def swallowed(*everything): ...\n"
    )
    found = methods.classes["ModelManager"].methods
    assert {name: arity(method) for name, method in found.items()} == {
        "get_model": (0, 0),
        "set_model_parameters": (1, 1),
        "fit_model": (0, 1),
        "evaluate_model": (0, None),
        "helper": (1, 2),
        "create": (1, 1),
        "positional": (2, 2),
        "forgotten": (0, -1),
        "swallowed": (0, None),
    }
    assert found["fit_model"].required_keywords == ("rate",)
    assert str(found["helper"].location) == "model_manager.py:7:5"


def test_methods_can_be_values_with_a_name(module):
    found = module(
        "def train(self): ...\n"
        "class ModelManager:\n"
        "    def fit(self, epochs): ...\n"
        "    fit_model = fit\n"
        "    get_model = train\n"
        "    set_model_data = lambda self: None\n"
        "    epochs = 3\n"
    )
    methods = found.classes["ModelManager"].methods
    assert {name: arity(method) for name, method in methods.items()} == {
        "fit": (1, 1),
        "fit_model": (1, 1),
        "get_model": (0, None),
        "set_model_data": (0, None),
    }


def test_bases_in_the_same_file_lend_their_methods(module):
    classes = module(
        "from abc import ABC\n"
        "import templates\n"
        "class Base(ABC):\n"
        "    def get_model(self): ...\n"
        "    def fit_model(self, epochs): ...\n"
        "class Other:\n"
        "    def get_model(self, name): ...\n"
        "class ModelManager(Base, Other, templates.Model[int], make_base()):\n"
        "    def fit_model(self): ...\n"
    ).classes
    manager = classes["ModelManager"]
    assert manager.bases == ("Base", "Other", "templates.Model", "<expression>")
    assert {name: arity(method) for name, method in manager.methods.items()} == {
        "get_model": (0, 0),
        "fit_model": (0, 0),
    }


def test_classes_in_top_level_blocks_count_and_nested_ones_do_not(module):
    classes = module(
        "try:\n"
        "    import torch\n"
        "    class ModelManager:\n"
        "        def usual(self): ...\n"
        "except ImportError:\n"
        "    class ModelManager:\n"
        "        def fallback(self): ...\n"
        "if True:\n"
        "    with open('x'):\n"
        "        class Deep:\n"
        "            class Nested: ...\n"
        "def function():\n"
        "    class Local: ...\n"
    ).classes
    assert set(classes) == {"ModelManager", "Deep"}
    assert set(classes["ModelManager"].methods) == {"usual"}


def test_of_two_classes_with_one_name_the_last_counts(module):
    classes = module("class A:\n    def a(self): ...\nclass A(A):\n    def b(self): ...\n").classes
    assert set(classes["A"].methods) == {"a", "b"}
    assert classes["A"].location.line == 3


def test_names_are_compared_as_python_does(module):
    assert set(module("class \uff2dodel\uff2danager:\n    pass\n").classes) == {"ModelManager"}


def test_imports_are_found_at_any_depth(module):
    found = module(
        "import numpy as np, torch.nn\n"
        "from mlflow import log_metric\n"
        "from . import sibling\n"
        "from .sibling import x\n"
        "def f():\n"
        "    try:\n"
        "        import tensorflow\n"
        "    except ImportError:\n"
        "        from sklearn.svm import SVC\n"
        "    finally:\n"
        "        match 1:\n"
        "            case 1:\n"
        "                import flwr\n"
        "importlib.import_module('mlflow.pyfunc')\n"
        "__import__('yaml')\n"
        "importlib.import_module('.relative', 'x')\n"
        "importlib.import_module(name)\n"
    )
    assert [f"{each.location.line}:{each.location.column} {each.module}" for each in found.imports] == [
        "1:1 numpy",
        "1:1 torch.nn",
        "2:1 mlflow",
        "3:1 sibling",
        "4:1 sibling",
        "7:9 tensorflow",
        "9:9 sklearn.svm",
        "13:17 flwr",
        "14:1 mlflow.pyfunc",
        "15:1 yaml",
    ]


def test_columns_count_characters(module):
    found = module("x = 'äöü'; import numpy\n")
    assert str(found.imports[0].location) == "model_manager.py:1:12"


def test_every_file_counts_but_copies_kept_by_tools_do_not(facts_of):
    facts = facts_of(
        {
            "model_manager.py": "import torch\n",
            "src/train.py": "import mlflow\n",
            ".ipynb_checkpoints/old.py": "import tensorflow\n",
            "lib/site-packages/x.py": "import tensorflow\n",
            "notes.txt": "import tensorflow\n",
        }
    )
    assert sorted(facts.modules) == ["model_manager.py", "src/train.py"]
    assert [str(each.location) for each in facts.imports_of("mlflow")] == ["src/train.py:1:1"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"class ModelManager\n    pass\n", "1:19"),
        (b'print "hello"\n', "1:1"),
        (b"x = 1\n  y = 2\n", "2:2"),
        (b"a\0b\n", "1:1"),
        (b"x = 1\n# \xff\n", "2:1"),
        (b"# coding: utf-7\n+AGk-mport os\n", "1:1"),
        (b"#!/bin/python\n# -*- coding: made-up -*-\n", "1:1"),
        (b"x = " + b"9" * 5000, "1:1"),
    ],
)
def test_files_that_are_not_python_are_problems(facts_of, problems, text, place):
    facts = facts_of({"tools/old.py": text})
    assert problems(facts) == [f"{place} python-syntax"]
    assert facts.problems[0].hint
    assert facts.modules == {}


def test_declared_encodings_are_read(facts_of):
    facts = facts_of(
        {
            "latin.py": "# -*- coding: latin-1 -*-\nname = 'Müller'\nimport numpy\n".encode("latin-1"),
            "mark.py": "\ufeffimport numpy\n",
            "old_mac.py": "x = 1\rimport numpy\r",
        }
    )
    assert facts.problems == ()
    assert [str(each.location) for each in facts.imports_of("numpy")] == [
        "latin.py:3:1",
        "mark.py:1:1",
        "old_mac.py:2:1",
    ]


def test_warnings_about_the_code_are_not_ours(facts_of, recwarn):
    assert facts_of({"a.py": "x = '\\d'\n"}).problems == ()
    assert list(recwarn) == []
