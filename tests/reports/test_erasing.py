"""Erasing a person: by command, once, and nothing of them is left but their words."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from aspirations.models import Aspiration, Delivery
from consultations.models import ChapterText
from reports.freezing import freeze
from reports.models import Snapshot
from tests import factories


def erase(code: str, *options: str) -> str:
    out = StringIO()
    call_command("erase_author", code, *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def sent(chapter_text: ChapterText, resident: User) -> Aspiration:
    return factories.make_aspiration(
        chapter_text,
        account=resident,
        organisation="Kelompok Tani",
        contact_email="rina@contoh.id",
        contact_phone="+6281",
    )


def test_command_says_what_it_would_do_and_does_it_when_confirmed(sent: Aspiration) -> None:
    asked = erase(sent.code.lower())
    before = Aspiration.objects.get(pk=sent.pk).author.display_name
    done = erase(sent.code, "--confirm")

    author = Aspiration.objects.get(pk=sent.pk).author
    assert sent.code in asked
    assert "--confirm" in asked
    assert before == "Rina Lestari"
    assert sent.code in done
    assert author.erased_at
    left = (author.display_name, author.organisation, author.contact_email, author.contact_phone)
    assert left == ("", "", "", "")
    assert author.account is None
    assert author.commitment() == ""


def test_message_that_waits_is_not_sent_to_somebody_who_was_erased(sent: Aspiration) -> None:
    assert Delivery.objects.waiting().exists()

    erase(sent.code, "--confirm")

    assert not Delivery.objects.waiting().exists()
    assert not Delivery.objects.filter(address__contains="rina").exists()


def test_person_is_erased_once(sent: Aspiration) -> None:
    erase(sent.code, "--confirm")

    with pytest.raises(CommandError):
        erase(sent.code, "--confirm")
    assert [event.verb for event in sent.events.order_by("pk")] == ["submitted", "erased"]


def test_number_that_nobody_has_is_said_to_be_none(db: None) -> None:
    with pytest.raises(CommandError):
        erase("RK28-9999-9", "--confirm")


def test_planner_reads_that_the_author_was_erased(sent: Aspiration) -> None:
    erase(sent.code, "--confirm")

    assert "pengirim" in Aspiration.objects.get(pk=sent.pk).author.full_name.lower()


def test_rows_that_may_not_be_shown_any_more_are_those_that_the_public_may_not_read(
    chapter_text: ChapterText, planner: User
) -> None:
    public, withdrawn, refused = (
        factories.make_accepted(chapter_text, planner) for _time in range(3)
    )
    hidden = factories.make_accepted(chapter_text, planner, consent_publish=False)
    snapshot = Snapshot.objects.create(consultation=public.consultation)
    freeze(snapshot)
    withdrawn.withdraw()
    refused.refuse(by=planner, reason="Bukan untuk rencana ini.")

    gone = {row.aspiration for row in snapshot.no_longer_public()}

    frozen = {row.aspiration for row in snapshot.rows.filter(is_public=True)}
    assert hidden not in frozen
    assert gone == frozen - set(Aspiration.objects.public()) == {withdrawn, refused}
