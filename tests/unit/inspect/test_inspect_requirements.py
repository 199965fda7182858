"""requirements.txt: what is declared, where, and what no repository may say there."""

import pytest


@pytest.fixture
def requirements(facts_of):
    return lambda text: facts_of({"requirements.txt": text})


def test_a_usual_file_is_read_with_places(requirements, declared):
    facts = requirements(
        "# the model\n"
        "numpy==1.26.4  # pinned for torch\n"
        "\n"
        "  torch>=2,<3\n"
        'colorama>=0.4; sys_platform == "win32"\n'
        "uvicorn[standard]~=0.30\n"
        "torch-scatter==2.1.2+pt24cu121\n"
        "bare#hash\n"
    )
    assert declared(facts) == [
        "2:1 numpy==1.26.4",
        "4:3 torch<3,>=2",
        '5:1 colorama>=0.4; sys_platform == "win32"',
        "6:1 uvicorn[standard]~=0.30",
        "7:1 torch-scatter==2.1.2+pt24cu121",
    ]
    assert [problem.code for problem in facts.problems] == ["requirement-syntax"]
    assert facts.declarations[0].exact_version == "1.26.4"
    assert facts.declarations[1].exact_version is None


def test_continued_lines_and_hashes_are_one_requirement(requirements, declared):
    facts = requirements(
        f"numpy==1.26.4 \\\n    --hash=sha256:{'a' * 64} \\\n    --hash=sha256:{'b' * 64}\ntorch==2.1.1\n"
    )
    assert facts.problems == ()
    assert declared(facts) == ["1:1 numpy==1.26.4", "4:1 torch==2.1.1"]
    assert facts.declarations[0].text == "numpy==1.26.4"
    assert [(note.code, str(note.location)) for note in facts.notes] == [("pip-hashes", "requirements.txt:2:5")]


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter(requirements, declared):
    facts = requirements("\ufeffnumpy\r\ntorch\r\n")
    assert declared(facts) == ["1:1 numpy", "2:1 torch"]
    assert facts.problems == ()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("-r https://example.org/base.txt", "pip-include"),
        ("--requirement=", "pip-include"),
        ("-c https://example.org/constraints.txt", "pip-constraints"),
        ("-e git+https://example.org/a.git#egg=a", "pip-editable-vcs"),
        ("-e https://example.org/a.zip", "pip-editable"),
        ("-e ~/a", "pip-editable"),
        ("--index-url https://example.org", "pip-index"),
        ("-i https://example.org", "pip-index"),
        ("--extra-index-url=https://user:password@example.org/simple", "pip-index"),
        ("--extra-index-url https://${USER}:password@example.org/simple", "requirement-variable"),
        ("--find-links https://example.org", "pip-index"),
        ("--trusted-host example.org", "pip-index"),
        ("--no-index", "pip-index"),
        ("--pre", "pip-option"),
        ("--no-binary :all:", "pip-option"),
        ("-", "pip-option"),
        ("--find-links 'x", "pip-option"),
        ("numpy --install-option=x", "pip-option"),
        ("numpy --config-settings x=y", "pip-option"),
        ("numpy --hash=md5:abc", "pip-option"),
        (f"--hash=md5:{'0' * 32}", "pip-option"),
        ("./x.whl", "requirement-path"),
        ("x-1.0-py3-none-any.whl", "requirement-path"),
        ("/srv/model", "requirement-path"),
        ("C:\\model", "requirement-path"),
        ("git+https://user:password@example.org/a.git", "requirement-vcs"),
        ("foo @ git+ssh://git@example.org/a.git", "requirement-vcs"),
        ("foo @ file:///etc/passwd", "requirement-path"),
        ("foo @ https://example.org/foo.zip", "requirement-url"),
        ("foo @ https://user:password@example.org/${X}", "requirement-variable"),
        ("foo; x @ https://user:password@example.org/foo.zip", "requirement-syntax"),
        ("foo @ ${X}", "requirement-variable"),
        ("foo===a`id`", "requirement-arbitrary-equality"),
        ("numpy=1.26", "requirement-syntax"),
        ("numpy=1.26=py310_0", "requirement-syntax"),
        ("numpy                     1.26.4     py310_0    conda-forge", "requirement-syntax"),
        ("numpy^1.26", "requirement-syntax"),
        ("'numpy',", "requirement-syntax"),
        ("numpy==1.26 pandas", "requirement-syntax"),
        ("<html>", "requirement-syntax"),
        ("t\u043erch", "requirement-not-ascii"),
        ("\uff54orch", "requirement-not-ascii"),
        ("numpy\u200b", "requirement-not-ascii"),
        ("numpy; " + "(" * 10_000, "requirement-too-long"),
        ("numpy; " + "(" * 50 + "python_version > '3'" + ")" * 50, "requirement-syntax"),
        ("numpy; made_up == 'x'", "requirement-syntax"),
    ],
)
def test_everything_else_is_a_problem_at_its_line(requirements, problems, line, code):
    facts = requirements(f"pandas\n{line}\nscipy\n")
    (problem,) = facts.problems
    assert (problem.location.line, problem.code) == (2, code)
    assert problem.hint
    assert "password" not in problem.message + problem.hint
    assert "example.org" not in problem.message + problem.hint
    assert [each.name for each in facts.declarations] == ["pandas", "scipy"]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("numpy=1.26=py310_0", "write numpy==1.26; a single = is conda's"),
        ("numpy       1.26.4", "write numpy==1.26.4; a table with spaces is what pip list and conda list print"),
        ("numpy^1.26", "write the range out, such as >=1.2,<2; ^ is Poetry's"),
        ("'numpy',", "write numpy; leave out quotes, brackets and commas"),
        ('["numpy==1.2", "scipy"]', "write one package per line, without quotes, brackets and commas"),
        ("numpy =1.26", "write it as name, name==1.2.3 or name>=1.2,<2"),
        ("numpy = 1.26", "write numpy==1.26; a single = compares nothing"),
        ('numpy = "1.26"', "write numpy==1.26; name = \"...\" is a line of Poetry's or Pipenv's"),
        ("numpy=>1.26", "write numpy>=1.26; the equals sign comes last"),
        ("numpy>=1.20 <2", "write numpy>=1.20,<2; commas separate comparisons"),
        ("numpy>=1.*", "write numpy>=1; a star goes with == and != alone"),
        ("numpy~=1", "write numpy~=1.0; ~= needs two numbers"),
        ("numpy==1.26;", "write numpy==1.26; nothing follows the last character"),
        ("numpy-1.26.4", "write numpy==1.26.4"),
        ("pip install numpy", "write numpy; this is a list of packages, not a script"),
        ("Package    Version", "delete the line; pip freeze prints what pip reads"),
        ("---------- -------", "delete the line; pip freeze prints what pip reads"),
    ],
)
def test_hints_know_the_common_mistakes(requirements, line, hint):
    assert requirements(line).problems[0].hint == hint


def test_a_continued_comment_would_hide_a_line_from_pip(requirements, problems):
    facts = requirements("numpy  # pinned \\\ntorch\n")
    assert problems(facts) == ["1:8 requirement-continuation"]


def test_a_backslash_at_the_end_continues_nothing(requirements, problems):
    assert problems(requirements("numpy\ntorch \\")) == ["2:1 requirement-continuation"]


def test_an_empty_file_declares_nothing_and_says_so(requirements):
    facts = requirements("\n# later\n")
    assert facts.problems == facts.declarations == ()
    assert [note.code for note in facts.notes] == ["file-empty"]


def test_reading_ends_after_a_hundred_problems(requirements):
    facts = requirements("==\n" * 1000)
    assert len(facts.problems) == 101
    assert facts.problems[-1].code == "file-too-many"


def test_reading_ends_after_five_thousand_declarations(requirements):
    facts = requirements("a\n" * 6000)
    assert len(facts.declarations) == 5000
    assert [problem.code for problem in facts.problems] == ["file-too-many"]
