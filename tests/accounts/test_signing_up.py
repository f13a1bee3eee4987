"""Signing up: an account by a mailed code, and nothing told to strangers."""

import contextlib
import threading
from typing import Any

from django.db import connections
from django.db.models.signals import pre_save
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts.signing_in import emailed_code, signed_in_as


def test_sign_up_by_code_makes_a_resident_without_a_password(client: Client, db: None) -> None:
    client.post(reverse("account_signup"), {"email": "Sumiati@kapuas.example"})
    answer = client.post(reverse("account_email_verification_sent"), {"code": emailed_code()})

    person = User.objects.get(email="sumiati@kapuas.example")
    assert answer.status_code == 302
    assert signed_in_as(client) == person.pk
    assert person.role == User.Role.RESIDENT
    assert not person.has_usable_password()


def test_sign_up_with_a_wrong_code_signs_nobody_in(client: Client, db: None) -> None:
    client.post(reverse("account_signup"), {"email": "sumiati@kapuas.example"})
    answer = client.post(reverse("account_email_verification_sent"), {"code": "ABCD-1234"})

    assert answer.status_code == 200
    assert "error-summary" in answer.content.decode()
    assert signed_in_as(client) is None


def test_sign_up_with_a_known_address_does_not_tell_that_it_is_known(
    client: Client, resident: User
) -> None:
    known = client.post(reverse("account_signup"), {"email": resident.email})
    unknown = Client().post(reverse("account_signup"), {"email": "baru@kapuas.example"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert User.objects.filter(email__iexact=resident.email).count() == 1


def test_sign_up_by_a_robot_that_fills_every_field_makes_no_account(
    client: Client, db: None
) -> None:
    client.post(
        reverse("account_signup"), {"email": "bot@spam.example", "website": "https://spam.example"}
    )

    assert not User.objects.filter(email="bot@spam.example").exists()


def test_sign_up_hides_the_trap_field_without_inline_style(client: Client, db: None) -> None:
    page = client.get(reverse("account_signup")).content.decode()

    assert 'name="website"' in page
    assert "style=" not in page


def test_two_sign_ups_with_one_address_at_once_open_one_account(
    transactional_db: Any, client: Client
) -> None:
    checked = threading.Barrier(2)

    def wait_for_the_other(sender: Any, **_signal: Any) -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            checked.wait(timeout=5)

    def press() -> None:
        answers.append(Client().post(reverse("account_signup"), {"email": "baru@contoh.id"}))
        connections.close_all()

    answers: list[Any] = []
    threads = [threading.Thread(target=press) for _number in range(2)]
    pre_save.connect(wait_for_the_other, sender=User)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        pre_save.disconnect(wait_for_the_other, sender=User)

    assert [answer.status_code for answer in answers] == [302, 302]
    assert User.objects.get().email == "baru@contoh.id"
