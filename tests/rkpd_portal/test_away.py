"""While the database is away, a page that needs it asks to come again; it is no fault of ours."""

from collections.abc import Iterator

import pytest
from django.db import connections
from django.test import Client

from rkpd_portal.localstack.ports import free_port


@pytest.fixture
def away() -> Iterator[None]:
    """This test's connection leads to a port where nobody listens."""
    connection = connections["default"]
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(HOST="127.0.0.1", PORT=str(free_port()))
    yield
    connection.close()
    connection.settings_dict.update(before)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/", "/konsultasi/", "/laporan/"])
def test_page_without_database_asks_to_come_again(path: str, away: None) -> None:
    client = Client(raise_request_exception=False)

    response = client.get(path)

    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert "Portal belum dapat menjawab" in response.content.decode()
