"""The tags that every installation starts with. Loaded after each migrate; never overwritten."""

from typing import Any

from aspirations.models import Tag

# The eight approaches that the province names for its plan (domain glossary: orientation of
# process and of substance; UU 25/2004, Permendagri 86/2017).
TAGS = (
    ("approach", "technocratic", "Teknokratik", "Memakai metode dan kerangka pikir ilmiah."),
    ("approach", "participatory", "Partisipatif", "Melibatkan semua pihak yang berkepentingan."),
    ("approach", "top_down", "Atas-bawah", "Menyelaraskan arahan dari pusat ke daerah."),
    ("approach", "bottom_up", "Bawah-atas", "Menyelaraskan usulan dari desa ke provinsi."),
    ("approach", "holistic", "Holistik", "Melihat seluruh rantai masalah dari hulu ke hilir."),
    ("approach", "thematic", "Tematik", "Memusat pada satu tema prioritas."),
    ("approach", "integrative", "Integratif", "Memadukan kerja beberapa perangkat daerah."),
    ("approach", "spatial", "Spasial", "Menetapkan lokasi kegiatan prioritas di lapangan."),
    ("theme", "green_growth", "Pertumbuhan hijau", ""),
    ("theme", "investment", "Investasi", ""),
    ("theme", "infrastructure", "Infrastruktur", ""),
    ("theme", "education", "Pendidikan", ""),
    ("theme", "health", "Kesehatan", ""),
    ("theme", "social_protection", "Pelindungan sosial", ""),
    ("theme", "food", "Pangan", ""),
    ("theme", "digital", "Layanan digital", ""),
    ("theme", "culture", "Kebudayaan", ""),
    ("theme", "disaster", "Kebencanaan", ""),
    ("theme", "governance", "Tata kelola", ""),
    ("theme", "environment", "Lingkungan hidup", ""),
    ("actor", "youth", "Pemuda", ""),
    ("actor", "women", "Perempuan", ""),
    ("actor", "customary", "Masyarakat adat", ""),
    ("actor", "disability", "Penyandang disabilitas", ""),
    ("actor", "business", "Dunia usaha", ""),
    ("actor", "village", "Desa", ""),
)


def load(**signal: Any) -> None:
    """Insert the tags that are missing; a planner's own wording stays."""
    Tag.objects.bulk_create(
        [
            Tag(facet=facet, slug=slug, name=name, definition=definition, position=position)
            for position, (facet, slug, name, definition) in enumerate(TAGS)
        ],
        ignore_conflicts=True,
    )
