"""The bundle of certificates is read when something is to be protected by it, and a useless one is told then."""

from pathlib import Path

import pytest
from registry_server import Login, registry

from baking import settings
from fedbake.errors import UsageError
from fedbake.registry.transport import http_client


def test_plain_http_needs_no_certificates(tmp_path: Path) -> None:
    given = settings(FEDBAKE_CA_BUNDLE=str(tmp_path / "missing.pem"))
    with registry(Login()) as host, http_client(given) as client:
        assert client.get(f"http://{host}/v2/").status_code == 200


def test_a_bundle_that_cannot_be_read_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    login = Login()
    given = settings(FEDBAKE_CA_BUNDLE=str(tmp_path / "missing.pem"))
    with registry(login) as host, http_client(given) as client, pytest.raises(UsageError, match="CA bundle"):
        client.get(f"https://{host}/v2/")
    assert login.headers == []
