"""The spool, the tree digest and plain folders."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedbake.errors import SourceError
from fedbake.settings import Limits
from fedbake.source.folder import read_folder
from fedbake.source.paths import PathRules
from fedbake.source.snapshot import Entry, EntryKind
from fedbake.source.spool import Content, Spool, assemble
from fedbake.source.text import has_unsafe, printable
from fedbake.source.tree import Listed, check


def content_of(files: dict[str, bytes]) -> Content:
    spool = Spool()
    return assemble(spool, [(path, EntryKind.FILE, spool.store([content])) for path, content in files.items()])


def test_what_goes_in_comes_out_by_path() -> None:
    spool = Spool()
    items = [
        ("b", EntryKind.FILE, spool.store([b"x" * 10, b"y" * 10])),
        ("a", EntryKind.EXECUTABLE, spool.store([])),
        ("link", EntryKind.SYMLINK, spool.store([b"b"])),
    ]
    content = assemble(spool, items)

    assert content.entries == (
        Entry("a", EntryKind.EXECUTABLE, 0),
        Entry("b", EntryKind.FILE, 20),
        Entry("link", EntryKind.SYMLINK, 1),
    )
    assert content.contents.read("b") == b"x" * 10 + b"y" * 10
    assert content.contents.read("a") == b""
    for path in ("link", "missing"):
        with pytest.raises(KeyError):
            content.contents.read(path)


def test_the_tree_digest_is_fixed_for_all_time() -> None:
    """It stands in plans: the encoding never changes without a new schema version."""
    content = content_of({"a.py": b"print()\n", "b/c": b""})
    assert content.tree == "d89298aec6521bad6778d852d5ab9bca9bc0c79e021ed99566f34837cfca5e6f"


def test_the_tree_digest_depends_on_content_kind_and_path_but_not_on_order() -> None:
    files = {"a": b"1", "b": b"2"}
    same = content_of(dict(reversed(files.items())))
    spool = Spool()
    executable = assemble(
        spool, [("a", EntryKind.EXECUTABLE, spool.store([b"1"])), ("b", EntryKind.FILE, spool.store([b"2"]))]
    )
    different = [
        content_of({"a": b"2", "b": b"1"}),
        content_of({"a": b"1", "c": b"2"}),
        content_of({"a": b"1"}),
        executable,
    ]

    assert content_of(files).tree == same.tree
    assert len({content_of(files).tree, *(content.tree for content in different)}) == 5


@given(st.dictionaries(st.text(alphabet="ab/", min_size=1, max_size=6), st.binary(max_size=20), min_size=1))
def test_any_content_is_read_back(files: dict[str, bytes]) -> None:
    content = content_of(files)
    assert {entry.path: content.contents.read(entry.path) for entry in content.entries} == files


def test_the_spool_has_no_name_and_no_other_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spool = Spool()
    spool.store([b"x"])
    assert list(tmp_path.iterdir()) == []
    assert os.fstat(spool._file.fileno()).st_mode & 0o777 == 0o600


@given(
    st.binary(min_size=1, max_size=40)
    | st.text(min_size=1, max_size=20).map(lambda text: text.encode("utf-8", "replace"))
)
def test_a_path_that_is_accepted_is_the_same_bytes_and_stays_inside(raw: bytes) -> None:
    try:
        path = PathRules(Limits()).accept(raw)
    except SourceError as error:
        refusal = f"{error.message}{error.where}"
    else:
        refusal = ""
        assert path.encode() == raw
        assert os.path.normpath(f"/top/{path}") == f"/top/{path}"
    assert refusal.isprintable()


@given(st.text())
def test_printable_text_stays_on_its_line(text: str) -> None:
    assert not has_unsafe(printable(text))
    assert len(printable(text, 10)) <= 10


def test_a_listing_becomes_typed_entries() -> None:
    oid = b"0123456789" * 4
    records = [
        b"100644 blob %s      12\ta/b.py" % oid,
        b"100755 blob %s       3\trun.sh" % oid,
        b"120000 blob %s       4\tlink" % oid,
        b"160000 commit %s       -\tmodule" % oid,
    ]
    kinds = [EntryKind.FILE, EntryKind.EXECUTABLE, EntryKind.SYMLINK, EntryKind.SUBMODULE]
    paths = ["a/b.py", "run.sh", "link", "module"]
    assert check(iter(records), Limits()) == [
        Listed(path, kind, oid, size) for path, kind, size in zip(paths, kinds, [12, 3, 4, 0], strict=True)
    ]


def test_a_folder_with_files_links_and_executables(tmp_path: Path) -> None:
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    (tmp_path / "sub" / "deep" / "a.py").write_bytes(b"a")
    (tmp_path / "run").write_bytes(b"b")
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "link").symlink_to("sub")

    content = read_folder(tmp_path, Limits())

    assert [(entry.path, entry.kind) for entry in content.entries] == [
        ("link", EntryKind.SYMLINK),
        ("run", EntryKind.EXECUTABLE),
        ("sub/deep/a.py", EntryKind.FILE),
    ]


@pytest.mark.parametrize("name", [b"caf\xe9", b"a\nb", b"a\\b", ".g\u200cit".encode(), b".git"])
def test_a_folder_with_a_dangerous_name(tmp_path: Path, name: bytes) -> None:
    (tmp_path / "top" / "sub").mkdir(parents=True)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/top/sub/" + name)).write_bytes(b"x")
    with pytest.raises(SourceError, match="a path in the repository"):
        read_folder(tmp_path / "top", Limits())


def test_the_walk_opens_no_link_even_where_a_folder_was_seen_before(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(b"x")
    (tmp_path / "folder").symlink_to(tmp_path / "outside")
    with pytest.raises(SourceError, match="cannot be read"):
        read_folder(tmp_path / "folder", Limits())


def test_a_folder_that_is_empty_or_too_deep(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(SourceError, match="the folder is empty"):
        read_folder(tmp_path, Limits())
    (tmp_path / "deep" / "/".join("x" * 40)).mkdir(parents=True)
    with pytest.raises(SourceError, match="deep"):
        read_folder(tmp_path / "deep", Limits())
