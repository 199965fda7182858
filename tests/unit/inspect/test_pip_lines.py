"""What one line for pip may say besides a requirement: other files, folders, indexes, builds; and in which encoding."""

import codecs

import pytest
from packaging.requirements import Requirement

from fedbake.inspect.facts import AcceleratorDeclaration, Declaration, Location, Note, Origin, Problem
from fedbake.inspect.pip_line import read_entry
from fedbake.inspect.reading import Include, Reference
from fedbake.inspect.requirements_txt import read_requirements
from fedbake.inspect.text import SIZE_LIMIT, Text, decode

HERE = Location("requirements.txt", 3)


def entry(text: str, origin: Origin = Origin.REQUIREMENTS) -> list[object]:
    return list(read_entry(text, origin, HERE))


@pytest.mark.parametrize(
    ("line", "reference", "path", "extras"),
    [
        ("-r base.txt", Reference.REQUIREMENTS, "base.txt", ()),
        ("-rbase.txt", Reference.REQUIREMENTS, "base.txt", ()),
        ("--requirement=requirements/base.txt", Reference.REQUIREMENTS, "requirements/base.txt", ()),
        ('-r "my base.txt"', Reference.REQUIREMENTS, "my base.txt", ()),
        ("-r sub\\base.txt", Reference.REQUIREMENTS, "sub\\base.txt", ()),
        ("-r /etc/passwd", Reference.REQUIREMENTS, "/etc/passwd", ()),
        ("-c constraints.txt", Reference.CONSTRAINTS, "constraints.txt", ()),
        ("--constraint ../constraints.txt", Reference.CONSTRAINTS, "../constraints.txt", ()),
        ("-e .", Reference.PROJECT, ".", ()),
        ("-e.", Reference.PROJECT, ".", ()),
        ("--editable=./library", Reference.PROJECT, "./library", ()),
        ("-e library", Reference.PROJECT, "library", ()),
        ("-e .[dev, train]", Reference.PROJECT, ".", ("dev", "train")),
        (".", Reference.PROJECT, ".", ()),
        (".[train]", Reference.PROJECT, ".", ("train",)),
        ("./library", Reference.PROJECT, "./library", ()),
        ("../model", Reference.PROJECT, "../model", ()),
        ("libraries/model", Reference.PROJECT, "libraries/model", ()),
    ],
)
def test_another_file_or_folder_is_named(line, reference, path, extras):
    """Whether it exists, and lies in the repository, is found out where it is read."""
    assert entry(line) == [Include(reference, path, HERE, extras)]


def test_several_options_on_one_line_are_all_read():
    found = entry("-r base.txt --requirement more.txt --pre")
    assert [getattr(each, "path", None) or each.code for each in found] == ["base.txt", "more.txt", "pip-option"]


@pytest.mark.parametrize(
    ("line", "package", "hint"),
    [
        ("git+https://example.org/a.git#egg=flamby", "flamby", "flamby==1.2.3"),
        ("flamby @ git+https://example.org/a.git@main", "flamby", "flamby==1.2.3"),
        ("flamby[x] @ https://example.org/archive/main.zip", "flamby", "flamby==1.2.3"),
        ("-e git+https://example.org/a.git@main#egg=taming-transformers", "taming-transformers", "taming-transformers"),
        ("-e git+ssh://git@example.org/a.git#subdirectory=x&egg=flamby", "flamby", "flamby"),
        ("-e flamby @ git+https://example.org/a.git", "flamby", "flamby"),
        ("https://example.org/whl/torch-2.1.0%2Bcu118-cp310-cp310-linux_x86_64.whl", "torch", "torch==2.1.0"),
        ("./wheels/typing_extensions-4.9.0-py3-none-any.whl", "typing_extensions", "typing_extensions==4.9.0"),
        ("https://example.org/scikit-learn-1.4.0.tar.gz", "scikit-learn", "scikit-learn==1.4.0"),
        ("git+https://example.org/a.git", None, "name==1.2.3"),
        ("git+https://example.org/scipy/scipy.git@v1.14.1", None, "such as scipy==1.14.1"),
        ("git+ssh://git@example.org/a/timm@0.9.12#subdirectory=x", None, "such as timm==0.9.12"),
        ("git+https://secret@10.0.0.1", None, "such as name==1.2.3"),
    ],
)
def test_the_package_of_a_direct_reference_is_told_when_the_text_names_it(line, package, hint):
    (problem,) = entry(line)
    assert isinstance(problem, Problem)
    assert problem.package == package
    assert hint in problem.hint
    assert "example.org" not in problem.message + problem.hint


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("--extra-index-url https://download.pytorch.org/whl/cpu", "cpu"),
        ("--extra-index-url=https://download.pytorch.org/whl/cu118/", "cuda11.8"),
        ("--index-url https://download.pytorch.org/whl/cu92", "cuda9.2"),
        ("-i https://download.pytorch.org/whl/cu130", "cuda13.0"),
        ("-f https://download.pytorch.org/whl/cu113/torch_stable.html", "cuda11.3"),
    ],
)
@pytest.mark.parametrize("origin", [Origin.REQUIREMENTS, Origin.CONDA_PIP])
def test_the_index_of_pytorch_says_what_to_compute_on(line, value, origin):
    (found,) = entry(line, origin)
    assert isinstance(found, AcceleratorDeclaration)
    assert (found.value, found.location) == (value, HERE)
    assert "pytorch.org" not in found.text


@pytest.mark.parametrize(
    "line",
    [
        "--extra-index-url http://download.pytorch.org/whl/cpu",
        "--extra-index-url https://download.pytorch.org.example.org/whl/cpu",
        "--extra-index-url https://user@download.pytorch.org/whl/cpu",
        "--extra-index-url https://download.pytorch.org/whl/nightly/cpu",
        "--extra-index-url https://download.pytorch.org/whl/rocm5.6",
        "--extra-index-url https://download.pytorch.org/whl/cpu?x",
        "-i https://pypi.org.example.org/simple",
        "-i https://pypi.org@example.org/simple",
        "-f https://pypi.org/simple",
    ],
)
def test_an_index_that_only_looks_like_a_known_one_is_refused(line):
    assert [each.code for each in entry(line)] == ["pip-index"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("--index-url https://pypi.org/simple", "pip-default-index"),
        ("--extra-index-url=https://pypi.python.org/simple/", "pip-default-index"),
        ("-f https://download.pytorch.org/whl/torch_stable.html", "pip-pytorch-index"),
        ("--prefer-binary", "pip-option-kept"),
        ("--require-hashes", "pip-option-kept"),
        ("--only-binary :all:", "pip-option-kept"),
        ("--only-binary=numpy", "pip-option-kept"),
    ],
)
def test_options_that_ask_for_what_happens_anyway_are_noted(line, code):
    (note,) = entry(line)
    assert isinstance(note, Note)
    assert note.code == code


@pytest.mark.parametrize(
    ("line", "requirement", "value"),
    [
        ("torch==2.1.1+cu118", "torch==2.1.1", "cuda11.8"),
        ("torch[opt]==2.1.1+cpu ; python_version < '3.12'", 'torch[opt]==2.1.1; python_version < "3.12"', "cpu"),
        ("torch>=2,==2.1.1+cu121", "torch==2.1.1,>=2", "cuda12.1"),
        ("torch==2.1.1+cu118 -f https://download.pytorch.org/whl/torch_stable.html", "torch==2.1.1", "cuda11.8"),
    ],
)
def test_a_build_of_pytorch_is_a_release_and_what_it_computes_on(line, requirement, value):
    declared, accelerator = entry(line)[:2]
    assert isinstance(declared, Declaration)
    assert declared.requirement == Requirement(requirement)
    assert line.startswith(declared.text)
    assert "+" in declared.text
    assert accelerator == AcceleratorDeclaration(value, HERE, declared.text)


@pytest.mark.parametrize(
    "line", ["torch-scatter==2.1.2+pt21cu121", "jaxlib==0.4.7+cuda11.cudnn86", "torch!=2.1+cu118", "torch==1.0+cu1"]
)
def test_any_other_local_version_stays_as_it_is_written(line):
    (declared,) = entry(line)
    assert declared.requirement == Requirement(line)


@pytest.mark.parametrize(
    ("line", "requirement"),
    [
        ("numpy (>=1.0)", "numpy>=1.0"),
        ("uvicorn [standard] (>=0.30, <1)", "uvicorn[standard]<1,>=0.30"),
        ("numpy==1.*", "numpy==1.*"),
        ("numpy>=1,", "numpy>=1"),
        ("numpy===1.26.4", "numpy==1.26.4"),
        ("torch==v2.1", "torch==v2.1"),
        ("typing", "typing"),
    ],
)
def test_every_form_of_pip_is_a_declaration_with_its_text(line, requirement):
    (declared,) = entry(line)
    assert (declared.requirement, declared.text) == (Requirement(requirement), line)


def test_hashes_of_a_list_in_another_file_are_noted_too():
    declared, note = entry(f"numpy==1.26.4 --hash=sha256:{'0' * 64}", Origin.PYTHON_ENV)
    assert (declared.text, note.code) == ("numpy==1.26.4", "pip-hashes")


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE], ids=["little", "big"])
def test_utf_16_with_its_mark_is_read_as_pip_does_and_noted(mark):
    encoding = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    text = decode("requirements.txt", mark + "# größe\r\nnumpy==1.26.4\r\n".encode(encoding))
    assert isinstance(text, Text)
    assert [note.code for note in text.notes] == ["file-encoding-utf16"]
    (declared,) = read_requirements(text)
    assert (str(declared.location), declared.text) == ("requirements.txt:2:1", "numpy==1.26.4")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("numpy\n".encode("utf-16-le"), "file-binary"),
        (codecs.BOM_UTF16_LE + b"n\0u", "file-encoding"),
        (codecs.BOM_UTF32_LE + "numpy\n".encode("utf-32-le"), "file-encoding"),
        (codecs.BOM_UTF32_BE + "numpy\n".encode("utf-32-be"), "file-encoding"),
        (codecs.BOM_UTF16_LE + "num\u202epy\n".encode("utf-16-le"), "file-control-character"),
        (codecs.BOM_UTF16_LE + "# é\n".encode("utf-16-le") * SIZE_LIMIT, "file-too-large"),
        ("# größe\n".encode("latin-1"), "file-encoding"),
    ],
)
def test_any_other_encoding_is_a_problem(data, code):
    problem = decode("requirements.txt", data)
    assert isinstance(problem, Problem)
    assert problem.code == code


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("# -*- coding: utf-8 -*-\n# größe\nnumpy\n", []),
        ("# -*- coding: latin-1 -*-\nnumpy\n", []),
        ("#!/usr/bin/pip\n# vim: set fileencoding=cp1252 :\nnumpy\n", []),
        ("# -*- coding: latin-1 -*-\n# größe\nnumpy\n", ["file-encoding"]),
        ("# coding: utf-7\nnumpy\n", ["file-encoding"]),
        ("\n\n# coding: utf-7\nnumpy\n", []),
    ],
)
def test_a_comment_that_names_another_encoding_changes_what_pip_reads(text, codes):
    found = list(read_requirements(Text.of("requirements.txt", text)))
    assert [each.code for each in found if isinstance(each, Problem)] == codes
    assert [each.name for each in found if isinstance(each, Declaration)] == ["numpy"]
