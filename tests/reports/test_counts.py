"""Whatever people do, the kept counts are those of the rows, before and after they are folded."""

from collections import Counter
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.errors import DomainError
from accounts.models import Agency, User
from aspirations.models import Aspiration, Count, CountChange, Disposition, Moderation
from aspirations.models.count import FACETS
from aspirations.tasks import compare_counts
from consultations.models import ChapterText, Consultation, Region
from tests import administration, factories
from tests.reports.test_honest_lives import Life

pytestmark = pytest.mark.django_db(transaction=True)
STEPS, FOLDS = 200, 9
Row = tuple[object, ...]


class VariedLife(Life):
    """People from everywhere, who speak of everything, in every way."""

    def send(self) -> None:
        text, chance = self.chance.choice(self.texts), self.chance
        factories.make_aspiration(
            text,
            block=chance.choice([None, *(live.block for live in text.blocks.live())]),
            region=Region.objects.get(code=chance.choice(["62.03", "62.71", "62.10"])),
            kind=chance.choice(["comment", "proposal", "question"]),
            stakeholder_group=chance.choice(["women", "resident"]),
            channel=chance.choice(["web", "paper"]),
            affair_field_id=chance.choice([None, "1.03"]),
            consent_publish=chance.random() < 0.8,
        )

    def join(self) -> None:
        public = list(Aspiration.objects.public())
        self.one().merge(into=self.chance.choice(public or [self.one()]), by=self.planner)


def values_of(one: Aspiration) -> Iterator[tuple[str, object]]:
    yield "", ""
    yield "chapter", one.chapter_id
    yield "regency", one.regency_id
    yield "kind", one.kind
    yield "group", one.stakeholder_group
    yield "channel", one.channel
    if one.block_id:
        yield "block", one.block_id
    if one.affair_field_id:
        yield "field", one.affair_field_id
    if one.agency_id:
        yield "agency", "yes"
    if one.changes_text:
        yield "change", "yes"


def counted(consultation: Consultation) -> dict[str, Counter[Row]]:
    """The rows themselves, counted one by one."""
    found: dict[str, Counter[Row]] = {facet: Counter() for facet in FACETS}
    for one in consultation.aspirations.select_related("merged_into"):
        other = one.merged_into
        answered = one.disposition != "pending" or bool(other and other.disposition != "pending")
        standing = (one.moderation, one.disposition, one.is_public, answered)
        for facet, value in values_of(one):
            found[facet][(str(value), *standing)] += 1
    return found


def kept(consultation: Consultation) -> dict[str, Counter[Row]]:
    return {
        facet: Counter(
            {tuple(row[:-1]): row.n for row in Count.objects.of(consultation.pk, facet) if row.n}
        )
        for facet in FACETS
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_counts_are_those_of_the_rows_whatever_happens(
    chapter_text: ChapterText, planner: User, agency: Agency, seed: int
) -> None:
    another = factories.make_consultation(planner, factories.make_cycle(2031))
    other = factories.make_chapter(another, planner)
    life = VariedLife([chapter_text, other], planner, agency, seed)
    both = [chapter_text.draft.consultation, another]
    life.send()

    for step in range(STEPS):
        try:
            life.chance.choice([life.send, life.join, *life.deeds()])()
        except DomainError:
            continue
        if step % FOLDS == 0:
            Count.objects.fold()
        if step % 20 == 0:
            assert [kept(each) for each in both] == [counted(each) for each in both]

    assert [kept(each) for each in both] == [counted(each) for each in both]
    Count.objects.fold()
    assert not CountChange.objects.exists()
    assert [kept(each) for each in both] == [counted(each) for each in both]
    assert [Count.objects.mend(each.pk) for each in both] == [[], []]
    states = {row.moderation for row in Count.objects.of()}
    assert states >= {Moderation.MERGED, Moderation.WITHDRAWN, Moderation.ACCEPTED}


def test_one_statement_that_changes_both_ends_of_a_joining_counts_each_once(
    chapter_text: ChapterText, consultation: Consultation, planner: User
) -> None:
    into = factories.make_accepted(chapter_text, planner)
    for _time in range(3):
        factories.make_aspiration(chapter_text).merge(into=into, by=planner)

    consultation.aspirations.exclude(pk=into.pk + 1).update(disposition=Disposition.NOTED)

    assert kept(consultation) == counted(consultation)
    assert Count.objects.of(consultation.pk).which("answered").total == 4
    into.refresh_from_db()
    consultation.aspirations.update(disposition=Disposition.PENDING)
    assert kept(consultation) == counted(consultation)


def test_what_is_done_to_the_words_or_the_desk_s_affairs_changes_no_count(
    aspiration: Aspiration, planner: User
) -> None:
    Count.objects.fold()

    aspiration.note("Catatan.", by=planner)
    Aspiration.objects.update(assignee=planner, supplement="Lagi.")

    assert not CountChange.objects.exists()


def test_wrong_count_is_found_named_and_mended(
    aspiration: Aspiration, consultation: Consultation, caplog: pytest.LogCaptureFixture
) -> None:
    Count.objects.fold()
    Count.objects.filter(facet="regency").update(n=5)
    Count.objects.filter(facet="kind").delete()

    compare_counts()

    assert "regency ['62.03', 'submitted', 'pending', False, False]: -4" in caplog.text
    assert "kind ['proposal', 'submitted', 'pending', False, False]: +1" in caplog.text
    assert len(caplog.records) == 2
    assert kept(consultation) == counted(consultation)
    assert Count.objects.mend(consultation.pk) == []


def test_what_an_answer_changes_is_compared_with_the_answers(
    aspiration: Aspiration,
    chapter_text: ChapterText,
    consultation: Consultation,
    planner: User,
    caplog: pytest.LogCaptureFixture,
) -> None:
    changing = factories.make_accepted(chapter_text, planner)
    changing.respond(
        by=planner,
        disposition=Disposition.ACCOMMODATED,
        reason="Usulan ini kami masukkan ke dalam rencana.",
        text_before="Jalan diperbaiki.",
        text_after="Jalan dibangun.",
    )
    both = [aspiration.pk, changing.pk]
    rows = Aspiration.objects.filter(pk__in=both).order_by("pk").values_list("changes_text")
    assert list(rows) == [(False,), (True,)]

    Aspiration.objects.filter(pk=aspiration.pk).update(changes_text=True)
    Aspiration.objects.filter(pk=changing.pk).update(changes_text=False)
    compare_counts()

    assert list(rows.all()) == [(False,), (True,)]
    assert [record.args for record in caplog.records] == [(aspiration.code,), (changing.code,)]
    assert kept(consultation) == counted(consultation)
    assert Aspiration.objects.mend_changes() == []


def test_rows_that_came_in_past_the_triggers_are_counted_by_recount(
    aspiration: Aspiration, consultation: Consultation
) -> None:
    with administration.without_triggers() as cursor:
        cursor.execute("UPDATE aspirations_aspiration SET moderation = 'accepted'")

    call_command("recount")

    assert kept(consultation) == counted(consultation)
    assert Count.objects.of(consultation.pk).which("shown").total == 1


def test_a_planner_sees_their_own_act_within_its_transaction(
    aspiration: Aspiration, planner: User
) -> None:
    before = Count.objects.of().which("is_pending").total

    aspiration.accept(by=planner)

    assert (before, Count.objects.of().which("is_pending").total) == (1, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM aspirations_count")
        assert cursor.fetchone() == (0,), "nothing was folded: what is pending is read too"
