"""Whatever people do through the portal's own verbs, in whatever order: the check stays silent."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import DomainError
from accounts.models import Agency, User
from aspirations.models import Aspiration
from consultations.models import ChapterText, Consultation
from reports import erasing
from reports.freezing import freeze
from reports.models import Report
from tests import factories
from tests.reports.recording import check, hand_in

pytestmark = pytest.mark.django_db(transaction=True)
STEPS, LOOKS = 160, 4
WORDS = ("Jembatan rusak.", "Énergi – “bersih”\r\nuntuk desa", "  a  ", "x" * 4000, "🌾")
DISPOSITIONS = ("accommodated", "noted", "not_accommodated", "forwarded", "deferred")


class Life:
    """Two consultations, and people who do anything at any time."""

    def __init__(self, texts: list[ChapterText], planner: User, agency: Agency, seed: int) -> None:
        self.texts, self.planner, self.agency = texts, planner, agency
        self.chance = random.Random(seed)  # noqa: S311

    def words(self) -> str:
        return self.chance.choice(WORDS)

    def one(self) -> Aspiration:
        return self.chance.choice(list(Aspiration.objects.order_by("pk")))

    def consultation(self) -> Consultation:
        return self.chance.choice(list(Consultation.objects.all()))

    def send(self) -> None:
        fields = {"show_name": self.chance.random() < 0.5, "body": self.words()}
        fields["consent_publish"] = self.chance.random() < 0.8
        factories.make_aspiration(self.chance.choice(self.texts), **fields)

    def send_for_an_office(self) -> None:
        factories.make_aspiration(self.chance.choice(self.texts), agency=self.agency)

    def respond(self) -> None:
        self.one().respond(
            by=self.planner,
            disposition=self.chance.choice(DISPOSITIONS),
            reason=self.words(),
            reason_code="budget_limit",
            forwarded_to="Dinas",
            text_before="Lama.",
            text_after="Baru.",
        )

    def extend(self) -> None:
        later = timezone.now() + timedelta(days=self.chance.randint(1, 60))
        self.consultation().extend(closes_at=later, reason=self.words(), by=self.planner)

    def report(self) -> None:
        for report in Report.objects.request(self.consultation(), by=self.planner):
            if report.claim(worker="here/1"):
                freeze(report.snapshot)
                if self.chance.random() < 0.4:
                    report.fail("Ada gangguan.")
                    report.retry(by=self.planner)
                else:
                    hand_in(report)

    def release(self) -> None:
        ready = Report.objects.ready().filter(edition="public", released_at=None)
        for report in ready[:1]:
            report.release(by=self.planner)

    def deeds(self) -> list[Callable[[], object]]:
        by = self.planner
        return [
            self.send,
            self.send,
            self.send_for_an_office,
            self.respond,
            self.respond,
            self.extend,
            self.report,
            self.release,
            lambda: self.one().start_review(by=by),
            lambda: self.one().accept(by=by),
            lambda: self.one().accept(by=by),
            lambda: self.one().return_(by=by, reason=self.words()),
            lambda: self.one().complete(self.words()),
            lambda: self.one().refuse(by=by, reason=self.words()),
            lambda: self.one().merge(into=self.one(), by=by),
            lambda: self.one().withdraw(),
            lambda: self.one().note(self.words(), by=by),
            lambda: self.one().set_tags(names=[self.words()[:20]], by=by),
            lambda: erasing.erase_author(self.one(), by=by),
            lambda: self.consultation().cycle.record_change(self.words(), by=by),
        ]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_check_is_silent(
    chapter_text: ChapterText, planner: User, agency: Agency, seed: int
) -> None:
    another = factories.make_consultation(planner, factories.make_cycle(2031))
    other = factories.make_chapter(another, planner)
    life, done = Life([chapter_text, other], planner, agency, seed), 0
    life.send()
    for step in range(STEPS):
        try:
            life.chance.choice(life.deeds())()
            done += 1
        except DomainError:
            continue
        finally:
            if step % (STEPS // LOOKS) == 0:
                assert check() == [], f"seed {seed}, step {step}"

    assert check() == []
    assert done > STEPS / 3
