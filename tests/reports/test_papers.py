"""Files of reports: whole or in ranges, private or for everyone, and how a copy is verified."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from aspirations.models import Aspiration
from consultations.models import Consultation
from reports.models import Report
from tests import factories
from tests.languages import in_english

PDF = b"%PDF-1.7 " + bytes(range(256)) * 4


@pytest.fixture
def released(consultation: Consultation, official: User) -> Report:
    return factories.make_report(consultation, official, "public", PDF, released_at=timezone.now())


def fetch(client: Client, report: Report, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of a download."""
    address = reverse("papers:download", args=[report.code])
    response = client.get(address, headers={k.replace("_", "-"): v for k, v in headers.items()})
    return response.status_code, response.getvalue(), dict(response.headers)


def test_download_gives_the_whole_file_uncompressed_under_its_name(
    client: Client, released: Report
) -> None:
    status, body, headers = fetch(client, released, accept_encoding="gzip")

    assert (status, body) == (200, PDF)
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Length"] == str(len(PDF))
    assert headers["Content-Disposition"] == f'attachment; filename="{released.code}-public.pdf"'
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["ETag"] == f'"{released.sha256}"'
    assert headers["Cache-Control"].startswith("public")
    assert "Set-Cookie" not in headers
    assert headers["Content-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, len(PDF) - 1),
        ("bytes=-50", len(PDF) - 50, len(PDF) - 1),
        ("bytes=1000-999999", 1000, len(PDF) - 1),
        ("bytes=-999999", 0, len(PDF) - 1),
        ("bytes=5-5", 5, 5),
    ],
)
def test_download_gives_one_range(
    asked: str, start: int, end: int, client: Client, released: Report
) -> None:
    status, body, headers = fetch(client, released, range=asked)

    assert status == 206
    assert body == PDF[start : end + 1]
    assert headers["Content-Range"] == f"bytes {start}-{end}/{len(PDF)}"
    assert headers["Content-Length"] == str(len(body))


@pytest.mark.parametrize("asked", [f"bytes={len(PDF)}-", "bytes=999999-9999999", "bytes=-0"])
def test_download_refuses_a_range_outside_the_file(
    asked: str, client: Client, released: Report
) -> None:
    status, body, headers = fetch(client, released, range=asked)

    assert (status, body) == (416, b"")
    assert headers["Content-Range"] == f"bytes */{len(PDF)}"


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=",
        "bytes=-",
        "bytes=9-5",
        "lines=1-2",
        "bytes=0-1,4-5",
        "bytes=a-b",
        "x",
        f"bytes={'9' * 5000}-",
        f"bytes=0-{'9' * 5000}",
        f"bytes=-{'9' * 5000}",
    ],
)
def test_download_gives_the_whole_file_when_the_range_is_not_understood(
    asked: str, client: Client, released: Report
) -> None:
    assert fetch(client, released, range=asked)[:2] == (200, PDF)


def test_download_resumes_only_the_same_file(client: Client, released: Report) -> None:
    same = fetch(client, released, range="bytes=9-", if_range=f'"{released.sha256}"')
    other = fetch(client, released, range="bytes=9-", if_range='"another"')

    assert same[:2] == (206, PDF[9:])
    assert other[:2] == (200, PDF)


def test_download_of_an_unreleased_report_is_private(
    consultation: Consultation, official: User, sign_in: Callable[[User], Client]
) -> None:
    internal = factories.make_report(consultation, official, "internal", PDF)

    status, body, headers = fetch(sign_in(official), internal)

    assert (status, body) == (200, PDF)
    assert "no-store" in headers["Cache-Control"]
    assert "private" in headers["Cache-Control"]


def test_download_needs_the_second_factor_of_staff(
    consultation: Consultation,
    official: User,
    sign_in: Callable[[User], Client],
    settings: LazySettings,
) -> None:
    settings.MFA_EXEMPT_EMAILS = []
    internal = factories.make_report(consultation, official, "internal", PDF)

    assert fetch(sign_in(official), internal)[0] == 302


def test_download_of_an_unfinished_or_lost_file_is_not_found(
    accepted: Aspiration, released: Report, planner: User, sign_in: Callable[[User], Client]
) -> None:
    queued = Report.objects.request(accepted.consultation, by=planner)[0]
    default_storage.delete(released.file)

    assert fetch(sign_in(planner), queued)[0] == 404
    assert fetch(sign_in(planner), released)[0] == 404


# Verification -------------------------------------------------------------------------------


def test_verification_says_what_the_genuine_file_is(client: Client, released: Report) -> None:
    address = reverse("papers:verification", args=[released.code.lower().replace("-", "")])

    page = in_english(client).get(address).content.decode()

    assert released.sha256 in page
    assert "12 pages, 3 aspirations" in page
    assert "It is not a signature." in page
    assert reverse("papers:download", args=[released.code]) in page


def test_verification_of_an_internal_edition_gives_no_download(
    client: Client, consultation: Consultation, official: User
) -> None:
    internal = factories.make_report(consultation, official, "internal")
    address = reverse("papers:verification", args=[internal.code])

    page = in_english(client).get(address).content.decode()

    assert internal.sha256 in page
    assert reverse("papers:download", args=[internal.code]) not in page


@pytest.mark.parametrize("code", ["LK28-222222-2", "x", "a" * 300])
def test_verification_of_an_unknown_number_says_so(code: str, client: Client, db: None) -> None:
    response = in_english(client).get(f"/v/{code}/")

    assert response.status_code == 404
    assert "No report has this number" in response.content.decode()
