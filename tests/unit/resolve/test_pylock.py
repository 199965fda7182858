"""``pylock.toml`` says to a TOML reader what it was given, whatever that contains."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from fedbake.resolve import pylock
from fedbake.resolve.lock import Lock, LockedFile, LockedPackage

SHA256 = "0123456789abcdef" * 4


def test_a_lock_as_it_is_written() -> None:
    wheel = LockedFile("numpy-2.2.6-cp311.whl", "https://index.example/numpy.whl", 14_000_000, SHA256)
    sdist = LockedFile("fire-0.7.tar.gz", "https://index.example/fire.tar.gz", 87_000, SHA256)
    packages = (
        LockedPackage("fire", "0.7", None, (), sdist),
        LockedPackage("numpy", "2.2.6", 'platform_machine == "x86_64"', (wheel,), None),
    )
    assert pylock.write(packages, "3.11", ["sys_platform == 'linux'"]) == (
        "# Every package the images hold, with the one file each platform uses (PEP 751).\n"
        'lock-version = "1.0"\n'
        "environments = [\n"
        "    \"sys_platform == 'linux'\",\n"
        "]\n"
        'requires-python = "==3.11.*"\n'
        'created-by = "fedbake"\n'
        "\n"
        "[[packages]]\n"
        'name = "fire"\n'
        'version = "0.7"\n'
        'sdist = {name = "fire-0.7.tar.gz", url = "https://index.example/fire.tar.gz", size = 87000,'
        f' hashes = {{sha256 = "{SHA256}"}}}}\n'
        "\n"
        "[[packages]]\n"
        'name = "numpy"\n'
        'version = "2.2.6"\n'
        'marker = "platform_machine == \\"x86_64\\""\n'
        "wheels = [\n"
        '    {name = "numpy-2.2.6-cp311.whl", url = "https://index.example/numpy.whl", size = 14000000,'
        f' hashes = {{sha256 = "{SHA256}"}}}},\n'
        "]\n"
    )


texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts, texts.filter(bool), texts)
def test_any_text_is_read_as_it_was_meant(version: str, marker: str, filename: str) -> None:
    file = LockedFile(filename or "file", "https://index.example/file", 1, SHA256)
    package = LockedPackage("name", version, marker, (file,), file)
    text = pylock.write([package], "3.11", [marker])
    assert pylock.read(text) == Lock((package,))
    assert tomllib.loads(text)["environments"] == [marker]
