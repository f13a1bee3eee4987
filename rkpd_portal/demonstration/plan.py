"""The demonstration's two plan years, their consultations and their text."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from consultations.models import Consultation, ForumSession, PlanCycle, Priority
from rkpd_portal.demonstration.people import account

FOLDER = Path(__file__).parent
TITLE = re.compile(r"\s*<h1>(.*?)</h1>", re.DOTALL)
ORGANISER = {
    "organiser_name": "Badan Perencanaan Pembangunan Daerah, Penelitian, dan Pengembangan "
    "Provinsi Kalimantan Tengah",
    "organiser_short": "Bappedalitbang",
    "organiser_address": "Jalan Diponegoro Nomor 60, Palangka Raya, Kalimantan Tengah",
    "organiser_contact": "konsultasi@kalteng.example",
    "signatory_position": "Kepala Bappedalitbang Provinsi Kalimantan Tengah",
    "signatory_name": "(nama contoh)",
    "is_example": True,
}
CYCLES = {
    2024: {
        "rpjmd_title": "RPJMD Provinsi Kalimantan Tengah 2021–2026 “Kalteng Makin Berkah”",
        "rpjmd_start": 2021,
        "rpjmd_end": 2026,
        "theme": "Pemantapan Pelayanan Dasar dan Hilirisasi Ekonomi untuk Kalteng Makin Berkah",
        "vision": "Kalimantan Tengah Makin BERKAH (Bermartabat, Elok, Religius, Kuat, Amanah, "
        "dan Harmonis)",
        **ORGANISER,
    },
    2028: {
        "rpjmd_title": "RPJMD Provinsi Kalimantan Tengah 2025–2029",
        "rpjmd_start": 2025,
        "rpjmd_end": 2029,
        "theme": "Penguatan Ekonomi Lokal yang Merata dan Pelayanan Dasar yang Menjangkau Semua",
        "vision": "Mengangkat harkat martabat khususnya masyarakat Dayak, umumnya masyarakat "
        "Kalteng (Manggatang Utus), dengan spirit kearifan lokal dalam bingkai NKRI menuju "
        "Kalteng Berkah, Kalteng Maju, Kalteng Bermartabat untuk menyambut Indonesia Emas 2045",
        "missions": [
            "Kesejahteraan ekonomi melalui optimalisasi PAD dan sumber daya alam lokal",
            "Pendidikan dan sumber daya manusia yang beretika, inklusif, Belom Bahadat",
            "Infrastruktur merata berkeadilan, konektivitas, dan ekonomi berbasis lingkungan",
            "Pelayanan kesehatan yang berkualitas dan terjangkau",
            "Kearifan lokal dalam kebijakan menuju Indonesia Maju 2045",
        ],
        **ORGANISER,
    },
}
PRIORITIES = {
    2024: (
        "Pembangunan sumber daya manusia",
        "Infrastruktur dasar dan konektivitas",
        "Ketahanan pangan dan ekonomi kerakyatan",
        "Pengendalian lingkungan dan kebencanaan",
        "Investasi dan hilirisasi",
        "Reformasi birokrasi dan tata kelola",
    ),
    2028: (
        "Pelayanan pendidikan yang merata",
        "Kesehatan yang berkualitas dan terjangkau",
        "Infrastruktur dan konektivitas antarwilayah",
        "Ekonomi lokal, pangan, dan lapangan kerja",
        "Pelindungan sosial dan penanggulangan kemiskinan",
        "Lingkungan hidup dan ketahanan terhadap karhutla dan banjir",
        "Tata kelola pemerintahan dan layanan digital",
        "Kearifan lokal dan kebudayaan (Belom Bahadat)",
    ),
}
INTRODUCTION = {
    2024: "Rancangan awal RKPD 2024 dibahas bersama masyarakat, perangkat daerah, dan pemerintah "
    "kabupaten/kota. Konsultasi ini telah selesai; di sini Anda dapat membaca setiap aspirasi, "
    "tanggapannya, dan kalimat rencana yang berubah karenanya.",
    2028: "Bacalah rancangan awal RKPD 2028 bab demi bab dan sampaikan apa yang masih kurang. "
    "Setiap aspirasi disimpan, dijawab dengan alasan, dan dapat ditelusuri sampai ke kalimat "
    "rencana yang diubahnya.",
}


def at_local(year: int, month: int, day: int, hour: int = 8, minute: int = 0) -> datetime:
    """A moment in WIB."""
    return datetime(year, month, day, hour, minute, tzinfo=timezone.get_default_timezone())


def create(year: int, opens_at: datetime, closes_at: datetime) -> Consultation:
    """A cycle with its priorities and an initial draft, published when the window opens."""
    lead = account("perencana.utama")
    cycle = PlanCycle.objects.create(year=year, **CYCLES[year])
    Priority.objects.replace(PRIORITIES[year], cycle=cycle, by=lead)
    consultation = Consultation.objects.plan(
        by=lead,
        cycle=cycle,
        stage=Consultation.Stage.INITIAL,
        opens_at=opens_at,
        closes_at=closes_at,
        grace_until=closes_at + timedelta(days=3),
        introduction=INTRODUCTION[year],
        at=opens_at - timedelta(days=14),
    )
    _write(consultation)
    consultation.drafts.get().publish(by=lead, at=opens_at)
    return consultation


def create_past() -> Consultation:
    """RKPD 2024: consulted in February and March 2023, with a forum on Tuesday 7 March."""
    past = create(2024, at_local(2023, 2, 20), at_local(2023, 3, 10, 16))
    ForumSession.objects.create(
        consultation=past,
        starts_at=at_local(2023, 3, 7, 8, 30),
        ends_at=at_local(2023, 3, 7, 15),
        venue="Aula Bappedalitbang, Palangka Raya",
    )
    return past


def create_present() -> Consultation:
    """RKPD 2028: opened nine days ago and open for twelve more."""
    today = timezone.localtime().replace(minute=0, second=0, microsecond=0)
    opens_at = (today - timedelta(days=9)).replace(hour=8)
    present = create(2028, opens_at, (today + timedelta(days=12)).replace(hour=16))
    forum = (today + timedelta(days=6)).replace(hour=8)
    ForumSession.objects.create(
        consultation=present,
        starts_at=forum,
        ends_at=forum.replace(hour=14),
        venue="Aula Bappedalitbang, Palangka Raya, dan daring",
    )
    return present


def _write(consultation: Consultation) -> None:
    planner = account("perencana")
    for text in consultation.drafts.get().texts.select_related("chapter"):
        html = (
            FOLDER / str(consultation.cycle.year) / f"bab-{text.chapter.number}.html"
        ).read_text(encoding="utf-8")
        title = TITLE.match(html)
        written = consultation.opens_at - timedelta(days=12 - text.chapter.number)
        text.rename(title.group(1) if title else text.title, by=planner, at=written)
        text.add_blocks(TITLE.sub("", html, count=1), by=planner, at=written)
