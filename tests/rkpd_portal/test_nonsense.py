"""What no browser sends is answered with a page that says so, never with a fault."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse

from accounts.models import Agency, User
from aspirations.models import Aspiration
from rkpd_portal.wsgi import application
from tests import factories

Door = Callable[[User], Client]
HUGE = "99999999999999999999"
IN_OUR_WORDS = "Kiriman ini tidak dapat dibaca"


@pytest.fixture
def visitor(db: None) -> Client:
    """Sees what a browser sees: a fault is an answer with code 500."""
    return Client(raise_request_exception=False)


@pytest.fixture
def staff(administrator: User, lead_planner: User, sign_in: Door) -> dict[str, Client]:
    clients = {"administrator": sign_in(administrator), "lead_planner": sign_in(lead_planner)}
    for client in clients.values():
        client.raise_request_exception = False
    return clients


def ask(**environ: Any) -> tuple[str, str]:
    """Status and page for a request that the test client cannot make."""
    body = environ.pop("body", b"")
    request: dict[str, Any] = {"HTTP_HOST": "127.0.0.1", "CONTENT_LENGTH": str(len(body))}
    setup_testing_defaults(request)
    request |= {"wsgi.input": io.BytesIO(body), **environ}
    status: list[str] = []

    def start_response(line: str, headers: Any, *rest: Any) -> Any:
        status.append(line)

    with keeping_the_connection():
        answer = application(request, start_response)
        page = b"".join(answer).decode()
        answer.close()  # type: ignore[attr-defined]
    return status[0], page


@contextmanager
def keeping_the_connection() -> Iterator[None]:
    """A request closes the connection to the database, but the test still needs it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


# Encodings ----------------------------------------------------------------------------------

CHARSETS = [
    "charset=tidak-ada",
    "charset=utf-16",
    "charset=rot13",
    "charset=undefined",
    "charset=base64",
    "charset=\x00",
    "charset*=tidak-ada''utf-8",
    "charset*=x",
]


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_body_in_another_encoding_is_refused(
    db: None, charset: str, kind: str, method: str
) -> None:
    status, page = ask(
        PATH_INFO=reverse("following:lookup"),
        REQUEST_METHOD=method,
        QUERY_STRING="kode=%ff",
        CONTENT_TYPE=f"{kind}; {charset}",
        body=b"code=x&pin=%ff",
    )

    assert status.startswith("400")
    assert IN_OUR_WORDS in page


@pytest.mark.parametrize("charset", ["utf-16", "rot13", "tidak-ada"])
def test_form_in_another_encoding_is_refused_by_the_middleware_too(
    visitor: Client, charset: str
) -> None:
    kind = f"application/x-www-form-urlencoded; charset={charset}"

    answer = visitor.generic("POST", reverse("following:lookup"), b"code=x", kind)

    assert answer.status_code == 400


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"'])
def test_form_in_our_encoding_is_read(visitor: Client, charset: str) -> None:
    kind = f"application/x-www-form-urlencoded; charset={charset}"

    answer = visitor.post(reverse("following:lookup"), "code=x", content_type=kind)

    assert answer.status_code == 200


@pytest.mark.parametrize("length", ["-1", "x", "1.5"])
def test_length_that_is_none_is_refused(db: None, length: str) -> None:
    status, _page = ask(
        PATH_INFO=reverse("following:lookup"), REQUEST_METHOD="POST", CONTENT_LENGTH=length
    )

    assert status.startswith("400")


# Headers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "django_language", "messages"])
@pytest.mark.parametrize(
    "value", [r'"a\000b"', r'"\355\240\200"', "a\x00b", "x" * 6000, "%00", "é"], ids=range(6)
)
def test_cookie_that_no_browser_keeps_is_no_fault(db: None, name: str, value: str) -> None:
    for address in (reverse("home"), reverse("account_email"), reverse("following:lookup")):
        for method in ("GET", "POST"):
            status, _page = ask(
                PATH_INFO=address, REQUEST_METHOD=method, HTTP_COOKIE=f"{name}={value}"
            )
            assert not status.startswith("5"), (address, method)


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "django_language"])
def test_cookie_with_a_nul_is_refused_in_our_words(db: None, name: str) -> None:
    status, page = ask(PATH_INFO="/", HTTP_COOKIE=rf'{name}="a\000b"')

    assert status.startswith("400")
    assert IN_OUR_WORDS in page


@pytest.mark.parametrize(
    "referer", ["http://[", "http://[::1", "//", "\x00", "http://testserver:x"]
)
def test_broken_referer_leads_home_after_signing_in(
    visitor: Client, aspiration: Aspiration, referer: str
) -> None:
    address = reverse("moderating:accept", args=[aspiration.code])

    answer = visitor.post(address, headers={"referer": referer})

    assert answer.context["sign_in_url"] == f"{reverse('account_login')}?next=/"


# Addresses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["google/login/", "google/login/callback/", "oidc/sso/login/", "oidc/sso/login/callback/"],
)
@pytest.mark.parametrize("query", ["", "?code=x&state=y", "?error=access_denied"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_sign_in_through_others_that_is_off_is_no_page(
    visitor: Client, address: str, query: str, method: str
) -> None:
    answer = getattr(visitor, method)(f"/akun/{address}{query}")

    assert answer.status_code == 404
    assert reverse("following:lookup") in answer.content.decode()


@pytest.mark.parametrize("address", ["/%00", "/?next=%00", "/akun/login/?next=%00", "/v/%00/"])
def test_nul_in_an_address_is_refused_in_our_words(visitor: Client, address: str) -> None:
    answer = visitor.get(address)

    assert answer.status_code == 400
    assert IN_OUR_WORDS in answer.content.decode()


def test_nul_as_the_way_back_leads_home(visitor: Client, resident: User) -> None:
    typed = {"login": resident.email, "way": "code", "next": "/\x00"}

    assert visitor.post(reverse("account_login"), typed).status_code < 500


def addresses() -> Iterator[str]:
    """Pages of every room with values that no row has."""
    for number in ("0", HUGE, "2147483648"):
        for slug in ("rkpd-2028-rancangan-awal", "x" * 400):
            yield f"/konsultasi/{slug}/bab/{number}/"
            yield f"/aspirasi/kirim/{slug}/bab/{number}/"
            yield f"/kelola/rencana/{slug}/bab/{number}/"
            yield f"/kelola/rencana/{slug}/bab/{number}/blok/baru/?setelah={HUGE}"
        yield f"/kelola/rencana/tahun/{number}/"
        yield f"/kelola/rencana/blok/{number}/"
        yield f"/kelola/rencana/blok/{number}/hapus/"
        yield f"/kelola/instansi/{number}/undang/"
        yield f"/admin/accounts/user/{number}/change/"
    for text in (quote("ü"), "%ff%fe", "%ed%a0%80", "%e2%80%ae", ".", "x" * 3000):
        yield f"/v/{text}/"
        yield f"/konsultasi/{text}/"
        yield f"/aspirasi/lihat/{text}/"
        yield f"/laporan/{text}/unduh/"
        yield f"/admin/accounts/user/{text}/change/"
        yield f"/akun/password/reset/key/{text}-{text}/"
        yield f"/akun/confirm-email/{text}/"
        yield f"/?page={text}&cari={text}&kode={text}"
        yield f"/kelola/aspirasi/?cari={text}&page={text}&jenis={text}&wilayah={text}"


@pytest.mark.slow
@pytest.mark.parametrize("role", ["visitor", "administrator", "lead_planner"])
def test_no_address_is_a_fault(
    visitor: Client, staff: dict[str, Client], accepted: Aspiration, role: str
) -> None:
    client = staff.get(role, visitor)

    faults = [
        (method, address)
        for address in addresses()
        for method in ("get", "post", "put", "delete", "options", "trace")
        if getattr(client, method)(address).status_code >= 500
    ]

    assert faults == []


# The admin ----------------------------------------------------------------------------------

QUERIES = [
    "?p=x&o=9.-8.z",
    f"?p={HUGE}",
    "?q=%ff&all=x&e=x",
    "?role__exact=x&is_active__exact=x&agency__id__exact=x",
    f"?agency__id__exact={HUGE}&cycle__id__exact={HUGE}",
    "?_changelist_filters=role__exact%3D%2500",
    "?_to_field=x&_popup=1",
    "?password__regex=%5B",
    "?created_at__year=x&created_at__gte=x",
]


@pytest.mark.parametrize("query", [*QUERIES, "?q=%00", "?role__exact=%00", "?p=%00"])
@pytest.mark.parametrize(
    "page",
    [
        "accounts_user_changelist",
        "accounts_user_add",
        "accounts_membership_changelist",
        "consultations_consultation_changelist",
        "aspirations_aspiration_changelist",
    ],
)
def test_admin_s_lists_bear_any_filter(staff: dict[str, Client], page: str, query: str) -> None:
    answer = staff["administrator"].get(f"{reverse(f'admin:{page}')}{query}", follow=True)

    assert answer.status_code in ((400,) if "=%00" in query else (200, 400, 403))


@pytest.mark.parametrize("pk", ["x", HUGE, "_00", "1_0A", "%ff", "1%20OR%201=1"])
@pytest.mark.parametrize("action", ["change", "delete", "history"])
def test_admin_s_pages_bear_any_key(staff: dict[str, Client], pk: str, action: str) -> None:
    address = f"/admin/accounts/user/{pk}/{action}/"

    refused = 403 if action == "delete" else 404  # nobody is deleted
    assert staff["administrator"].get(address).status_code in (302, refused)


@pytest.mark.parametrize("value", ["x", "\x00", HUGE, "x" * 500, "\ud800"])
def test_admin_s_forms_bear_any_value(staff: dict[str, Client], db: None, value: str) -> None:
    agency = factories.make_agency("Dinas", Agency.Kind.PROVINCIAL, "")
    typed = dict.fromkeys(
        ("user", "agency", "role", "email", "name", "action", "_selected_action", "index"),
        value.encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    )

    for address in (
        reverse("admin:accounts_membership_add"),
        reverse("admin:accounts_membership_changelist"),
        reverse("admin:accounts_user_changelist"),
        reverse("admin:accounts_agency_change", args=[agency.pk]),
    ):
        assert staff["administrator"].post(address, typed).status_code < 500


@pytest.mark.parametrize(
    ("site", "is_shown"), [("same-origin", True), ("cross-site", False), ("", False)]
)
def test_words_of_a_form_that_was_open_too_long_are_shown_to_whoever_typed_them(
    aspiration: Aspiration, site: str, is_shown: bool
) -> None:
    strict = Client(enforce_csrf_checks=True)
    address = reverse("moderating:note", args=[aspiration.code])

    typed = {"words": "Kata-kata <b>panjang</b>.", "password1": "kuda besar lari pagi"}

    page = strict.post(address, typed, headers={"Sec-Fetch-Site": site})

    assert page.status_code == 403
    assert "no-store" in page["Cache-Control"]
    assert "kuda besar" not in page.content.decode()
    assert ("Kata-kata &lt;b&gt;panjang&lt;/b&gt;." in page.content.decode()) == is_shown
