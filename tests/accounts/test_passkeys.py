"""Whatever a passkey is said to have answered, the page says that it does not fit."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.signing_in import give_password, sign_in_by_password, signed_in_as

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def answer(**response: Any) -> dict[str, Any]:
    """The shape of a browser's answer, with nothing true in it."""
    client = json.dumps({"type": "webauthn.get", "challenge": "AA", "origin": "http://x"})
    inside = {
        "clientDataJSON": encoded(client.encode()),
        "authenticatorData": encoded(b"\0" * 37),
        "attestationObject": encoded(b"\xa0"),
        "signature": encoded(b"x"),
        "userHandle": encoded(b"1"),
    }
    return {"id": "AA", "rawId": "AA", "type": "public-key", "response": inside | response}


SHAPES: list[Any] = [
    {"id": 1},
    {},
    [],
    None,
    "x",
    1,
    True,
    [[{}]],
    {"response": []},
    {"response": {"userHandle": 1}},
    {"id": "AA", "rawId": "AA", "type": "x", "response": {}},
    answer(),
    answer(userHandle=None),
    answer(userHandle=1),
    answer(userHandle=[]),
    answer(userHandle="\ud800"),
    answer(userHandle=encoded(b"\xff\xfe")),
    answer(userHandle=encoded(b"zzzzzzzzzzzzzzzzzzzzzzzz")),
    answer(userHandle=encoded(b"1\x00")),
    answer(clientDataJSON=encoded(b"[]")),
    answer(clientDataJSON=encoded(b"{}")),
    answer(clientDataJSON=encoded(b"\xff")),
    answer(clientDataJSON=encoded(b"[" * 20_000)),
    answer(clientDataJSON={}),
    answer(authenticatorData=encoded(b"")),
    answer(authenticatorData=encoded(b"\xff" * 40)),
    answer(authenticatorData=encoded(b"\xff" * 400)),
    answer(attestationObject=encoded(b"")),
    answer(attestationObject=encoded(b"\xff")),
    answer(attestationObject=encoded(b"\x81" * 4000)),
    answer(attestationObject=encoded(b"\xa1\x63fmt\x01")),
    answer(attestationObject=encoded(b"\xbf\x5f\x7f")),
    answer() | {"rawId": "\x00"},
    answer() | {"type": "x"},
    answer() | {"clientExtensionResults": []},
    answer() | {"clientExtensionResults": {"credProps": 1}},
    answer() | {"clientExtensionResults": {"prf": 1, "largeBlob": "x", "uvm": {}}},
    answer() | {"authenticatorAttachment": 1},
]
TEXTS = [json.dumps(shape) for shape in SHAPES] + [
    "",
    "{",
    "\x00",
    "NaN",
    "1" * 5000,
    "[" * 10_000,
    '{"a":' * 5_000 + "1" + "}" * 5_000,
    "x" * 100_000,
]


@pytest.fixture
def visitor(db: None) -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_sign_in_by_a_made_up_passkey_is_refused(
    visitor: Client, resident: User, text: str
) -> None:
    visitor.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})

    got = visitor.post(reverse("mfa_login_webauthn"), {"credential": text})

    assert got.status_code < 500
    assert signed_in_as(visitor) is None


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_made_up_passkey_as_the_second_step_is_refused(
    visitor: Client, planner: User, text: str
) -> None:
    TOTP.activate(give_password(planner), SECRET)
    sign_in_by_password(visitor, planner)
    visitor.get(reverse("mfa_authenticate"))

    got = visitor.post(reverse("mfa_authenticate"), {"credential": text})

    assert got.status_code < 500
    assert signed_in_as(visitor) is None


@pytest.mark.parametrize("name", ["mfa_add_webauthn", "mfa_reauthenticate_webauthn"])
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_made_up_passkey_of_somebody_signed_in_is_refused(
    visitor: Client, resident: User, name: str, text: str
) -> None:
    sign_in_by_password(visitor, give_password(resident))
    visitor.get(reverse(name))

    got = visitor.post(reverse(name), {"credential": text, "name": "x"})

    assert got.status_code < 500
    assert not resident.authenticator_set.exists()


def test_many_wrong_passkeys_keep_no_door_but_their_own(
    visitor: Client, resident: User, sign_in: Callable[[User], Client]
) -> None:
    for _time in range(3):
        visitor.post(reverse("mfa_login_webauthn"), {"credential": "{}"})

    sign_in_by_password(visitor, give_password(resident))

    assert signed_in_as(visitor) == resident.pk
