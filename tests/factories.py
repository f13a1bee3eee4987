"""One short function per model: no randomness, no hidden children."""

import hashlib
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import Agency, Membership, User
from aspirations import reference
from aspirations.models import Aspiration
from consultations.models import ChapterText, Consultation, PlanCycle, Region
from reports.models import Report, Snapshot

numbers = count(1)


def make_user(email: str, role: str = User.Role.RESIDENT, name: str = "") -> User:
    """A person with a verified address and no password."""
    return User.objects.create_user(email, confirmed=True, name=name, role=role)


def make_agency(
    name: str = "Pemerintah Kabupaten Kapuas",
    kind: str = Agency.Kind.REGENCY,
    region_code: str = "62.03",
) -> Agency:
    return Agency.objects.create(
        name=name, short_name=name[:60], kind=kind, region_code=region_code
    )


def make_member(user: User, agency: Agency, role: str = Membership.Role.CLERK) -> Membership:
    return Membership.objects.create(user=user, agency=agency, role=role)


def make_cycle(year: int = 2028, **fields: Any) -> PlanCycle:
    defaults = {
        "rpjmd_title": "RPJMD Provinsi Kalimantan Tengah 2025–2029",
        "rpjmd_start": 2025,
        "rpjmd_end": 2029,
        "organiser_name": "Badan Perencanaan Pembangunan Daerah",
        "organiser_short": "Bappedalitbang",
        "organiser_address": "Palangka Raya",
        "signatory_position": "Kepala Bappedalitbang",
    }
    return PlanCycle.objects.create(year=year, **defaults | fields)


def make_consultation(
    by: User,
    cycle: PlanCycle | None = None,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    grace_until: datetime | None = None,
) -> Consultation:
    """An open consultation with its eight chapters, none of them written yet."""
    now = timezone.now()
    return Consultation.objects.plan(
        by=by,
        cycle=cycle or make_cycle(),
        stage=Consultation.Stage.INITIAL,
        opens_at=opens_at or now - timedelta(days=5),
        closes_at=closes_at or now + timedelta(days=5),
        grace_until=grace_until,
    )


def make_chapter(
    consultation: Consultation,
    by: User,
    number: int = 1,
    html: str = "<h2>1.1 Latar Belakang</h2><p>Jalan desa perlu diperbaiki segera.</p>",
    published: bool = True,
) -> ChapterText:
    """The text of one of the consultation's chapters."""
    text = ChapterText.objects.get(draft__consultation=consultation, chapter__number=number)
    text.add_blocks(html, by=by)
    if published:
        text.publish(by=by)
    return text


def make_aspiration(text: ChapterText, **fields: Any) -> Aspiration:
    """A resident's aspiration on a chapter, consented to be published, not yet looked at.

    The PIN is `reference.pin_for(key)`.
    """
    defaults: dict[str, Any] = {
        "key": f"form-{next(numbers)}",
        "kind": "proposal",
        "body": "Mohon jembatan gantung di desa kami diperbaiki.",
        "region": Region.objects.get(code="62.03"),
        "stakeholder_group": "resident",
        "display_name": "Rina Lestari",
        "show_name": True,
        "consent_publish": True,
    }
    return Aspiration.objects.submit(
        consultation=text.draft.consultation,
        chapter=text.chapter,
        chapter_text=text,
        **defaults | fields,
    )


def last_step(aspiration: Aspiration) -> int:
    """What a page of the desk that is opened now would carry along."""
    return Aspiration.objects.with_last_step().get(pk=aspiration.pk).last_step


def make_accepted(text: ChapterText, by: User, **fields: Any) -> Aspiration:
    """An aspiration that a planner has accepted."""
    aspiration = make_aspiration(text, **fields)
    aspiration.accept(by=by)
    return aspiration


def make_answered(
    text: ChapterText, by: User, disposition: str = "accommodated", **fields: Any
) -> Aspiration:
    """An accepted aspiration with an official answer."""
    aspiration = make_accepted(text, by, **fields)
    aspiration.respond(
        by=by,
        disposition=disposition,
        reason="Usulan ini kami masukkan ke dalam rencana.",
        reason_code="budget_limit",
        forwarded_to="Dinas PUPR",
    )
    return aspiration


def make_report(
    consultation: Consultation,
    by: User,
    edition: str = "internal",
    pdf: bytes = b"%PDF-1.7",
    **fields: Any,
) -> Report:
    """A report that is ready, with a stand-in for its file; real ones take seconds to compile."""
    snapshot = Snapshot.objects.create(
        consultation=consultation, taken_at=timezone.now(), sha256="5" * 64
    )
    code = reference.new_code("LK", 2028, length=6)
    defaults: dict[str, Any] = {
        "state": Report.State.READY,
        "progress": 100,
        "ready_at": timezone.now(),
        "pages": 12,
        "row_count": 3,
        "file": default_storage.save(f"reports/{code}.pdf", ContentFile(pdf)),
        "size": len(pdf),
        "sha256": hashlib.sha256(pdf).hexdigest(),
    }
    return Report.objects.create(
        code=code, snapshot=snapshot, edition=edition, requested_by=by, **defaults | fields
    )
