"""Every list page asks the same number of queries for two rows and for thirty."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Agency, User
from aspirations.models import Tag
from consultations.models import ChapterText, PlanCycle
from reports.models import Report
from tests import factories

FEW = 2  # one by a person, one by an office
MANY = 30


def add_aspirations(text: ChapterText, by: User, author: User, count: int) -> None:
    """Answered aspirations with tags, on a block, by different people, partly by an agency."""
    block = text.blocks.live()[1].block
    agency = Agency.objects.first() or factories.make_agency()
    tags = list(Tag.objects.all()[:3])
    for number in range(count):
        aspiration = factories.make_answered(
            text,
            by,
            body=f"Aspirasi nomor {number} tentang jalan desa.",
            block=block,
            quote="Jalan desa",
            account=author,
            agency=agency if number % 2 else None,
        )
        aspiration.set_tags(tags, by=by)


def add_reports(text: ChapterText, by: User, author: User, count: int) -> None:
    """Released public editions, and their internal twins."""
    for _number in range(count):
        report = factories.make_report(text.draft.consultation, by, edition="public")
        report.released_at, report.released_by = timezone.now(), by
        report.save()
        Report.objects.filter(state="queued").update(state="failed", failure="Terputus.")


def add_agencies(text: ChapterText, by: User, author: User, count: int) -> None:
    start = Agency.objects.count()
    for number in range(start, start + count):
        agency = factories.make_agency(f"Dinas {number}")
        member = factories.make_user(f"anggota{number}@kalteng.example")
        factories.make_member(member, agency)


def add_cycles(text: ChapterText, by: User, author: User, count: int) -> None:
    start = PlanCycle.objects.count()
    for number in range(start, start + count):
        consultation = factories.make_consultation(by, factories.make_cycle(2030 + number))
        factories.make_chapter(consultation, by)


def add_blocks(text: ChapterText, by: User, author: User, count: int) -> None:
    second = ChapterText.objects.get(draft=text.draft, chapter__number=2)
    second.add_blocks("<p>Paragraf.</p>" * count, by=by)


Adder = Callable[[ChapterText, User, User, int], None]
LISTS: dict[str, tuple[str, Adder]] = {
    "home": ("visitor", add_aspirations),
    "overview:consultations": ("visitor", add_cycles),
    "overview:consultation": ("visitor", add_aspirations),
    "reading:chapter": ("visitor", add_aspirations),
    "listing:aspirations": ("visitor", add_aspirations),
    "results:outcome": ("visitor", add_aspirations),
    "following:mine": ("resident", add_aspirations),
    "moderating:queue": ("planner", add_aspirations),
    "drafting:cycles": ("planner", add_cycles),
    "drafting:chapter": ("planner", add_blocks),
    "reporting:reports": ("official", add_reports),
    "papers:released": ("visitor", add_reports),
    "agencies:agencies": ("administrator", add_agencies),
    "desk": ("planner", add_aspirations),
}
ARGUMENTS: dict[str, list[Any]] = {"reading:chapter": [1], "drafting:chapter": [2]}
WITH_SLUG = {
    "overview:consultation",
    "reading:chapter",
    "listing:aspirations",
    "results:outcome",
    "drafting:chapter",
}


@pytest.mark.parametrize("name", LISTS)
def test_list_asks_the_same_number_of_queries_for_two_rows_and_for_thirty(
    name: str,
    chapter_text: ChapterText,
    planner: User,
    resident: User,
    request: pytest.FixtureRequest,
    sign_in: Callable[[User], Client],
) -> None:
    role, add = LISTS[name]
    slug = [chapter_text.draft.consultation.slug] if name in WITH_SLUG else []
    url = reverse(name, args=[*slug, *ARGUMENTS.get(name, [])])
    client = Client() if role == "visitor" else sign_in(request.getfixturevalue(role))
    add(chapter_text, planner, resident, FEW)
    count_queries(client, url)

    few = count_queries(client, url)
    add(chapter_text, planner, resident, MANY - FEW)
    many = count_queries(client, url)

    assert many == few, f"{few} queries for two rows, {many} for thirty"


def count_queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)
