"""No word that a stranger chose leaves the house in a mail of the government."""

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from aspirations.delivery import deliver
from aspirations.models import Aspiration, Delivery
from consultations.models import ChapterText
from tests.aspirations.sendings import sent

HOSTILE = {
    "body": "Selamat, Anda memenangkan hadiah-badan.",
    "suggested_wording": "hadiah-usulan",
    "rationale": "hadiah-alasan",
    "display_name": "Pemenang hadiah-nama https://jahat.example",
    "organisation": "hadiah-lembaga",
    "position": "hadiah-jabatan",
    "contact_email": "korban@contoh.id",
    "contact_phone": "+62 812 3456 789",
}
WORDS = ("hadiah", "jahat", "3456")


def deliver_all() -> list[str]:
    """Every mail that the portal has to write now, in all its parts."""
    for delivery in Delivery.objects.waiting():
        assert deliver(delivery)
    messages = [message.message().as_bytes() for message in mail.outbox]
    assert messages
    return [
        "\n".join([m.subject, str(m.body), *(str(part[0]) for part in m.alternatives), repr(m.to)])
        for m in mail.outbox
    ]


@pytest.fixture
def hostile(client: Client, chapter_text: ChapterText) -> Aspiration:
    return sent(client, chapter_text, **HOSTILE)


@pytest.mark.parametrize("fate", ["accepted", "returned", "refused"])
def test_no_mail_to_a_given_address_repeats_what_its_sender_wrote(
    hostile: Aspiration, planner: User, fate: str
) -> None:
    if fate == "accepted":
        hostile.accept(by=planner)
        hostile.respond(by=planner, disposition="noted", reason="Sudah dicatat.")
    elif fate == "returned":
        hostile.return_(by=planner, reason="Desa mana?")
        deliver_all()
        hostile.complete("hadiah-tambahan", by=None)
    else:
        hostile.refuse(by=planner, reason="Bukan tentang rencana.")

    mails = deliver_all()

    assert len(mails) == {"accepted": 3, "returned": 2, "refused": 2}[fate]
    for words in mails:
        assert "korban@contoh.id" in words
        assert not [word for word in WORDS if word in words]
