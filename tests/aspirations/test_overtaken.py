"""News that waited until it was true no longer is not told; the later news is."""

from django.core import mail

from accounts.models import User
from aspirations.delivery import deliver
from aspirations.models import Delivery
from consultations.models import ChapterText
from tests import factories
from tests.aspirations.deliveries import delivery_of, everything, make


def test_news_that_is_no_longer_true_is_not_told(chapter_text: ChapterText, planner: User) -> None:
    aspiration = make(chapter_text)
    aspiration.accept(by=planner)
    aspiration.refuse(by=planner, reason="Memuat nama orang.")

    sent = [deliver(delivery_of(aspiration, verb)) for verb in ("submitted", "refused", "accepted")]

    assert sent == [True, True, False]
    assert len(mail.outbox) == 2
    assert delivery_of(aspiration, "accepted").outcome == "overtaken"
    assert not Delivery.objects.waiting().exists()


def test_answer_that_holds_no_longer_is_not_told(chapter_text: ChapterText, planner: User) -> None:
    aspiration = make(chapter_text)
    aspiration.accept(by=planner)
    aspiration.respond(by=planner, disposition="noted", reason="Kami catat.")
    aspiration.refuse(by=planner, reason="Memuat nama orang.")

    assert not deliver(delivery_of(aspiration, "responded"))
    assert deliver(delivery_of(aspiration, "refused"))
    assert "Kami catat." not in everything(mail.outbox[-1])


def test_of_two_answers_that_wait_only_the_later_one_is_told(
    chapter_text: ChapterText, planner: User
) -> None:
    aspiration = make(chapter_text)
    aspiration.accept(by=planner)
    for reason in ("Kata pertama.", "Kata kedua."):
        aspiration.respond(by=planner, disposition="noted", reason=reason)

    answers = Delivery.objects.filter(event__aspiration=aspiration, event__verb="responded")
    told = [deliver(answer) for answer in answers]

    assert told == [False, True]


def test_author_is_told_of_a_separation_although_its_review_has_begun(
    chapter_text: ChapterText, planner: User
) -> None:
    other = factories.make_accepted(chapter_text, planner)
    aspiration = make(chapter_text)
    aspiration.merge(into=other, by=planner)
    other.withdraw()
    aspiration.refresh_from_db()
    aspiration.start_review(by=planner)

    assert deliver(delivery_of(aspiration, "separated"))


def test_answer_that_a_separation_took_away_is_not_told(
    chapter_text: ChapterText, planner: User
) -> None:
    other = factories.make_accepted(chapter_text, planner)
    aspiration = make(chapter_text)
    aspiration.accept(by=planner)
    aspiration.respond(by=planner, disposition="accommodated", reason="Kami muat.")
    aspiration.merge(into=other, by=planner)
    other.refuse(by=planner, reason="Menyebut nama orang.")
    aspiration.refresh_from_db()
    aspiration.accept(by=planner)

    assert aspiration.response is None
    assert not deliver(delivery_of(aspiration, "responded"))
