"""Lists that every installation needs: regions and affair fields. Loaded after each migrate."""

import csv
from pathlib import Path
from typing import Any

from consultations.models import AffairField, Region

REGIONS = Path(__file__).parent / "regions" / "regions-62.csv"

# Bidang urusan 1.01-3.32 (Permendagri 90/2019 family) are offered to residents; 4-8 to staff.
AFFAIR_FIELDS = {
    "1.01": "Pendidikan",
    "1.02": "Kesehatan",
    "1.03": "Pekerjaan Umum dan Penataan Ruang",
    "1.04": "Perumahan dan Kawasan Permukiman",
    "1.05": "Ketenteraman, Ketertiban Umum, dan Pelindungan Masyarakat",
    "1.06": "Sosial",
    "2.07": "Tenaga Kerja",
    "2.08": "Pemberdayaan Perempuan dan Pelindungan Anak",
    "2.09": "Pangan",
    "2.10": "Pertanahan",
    "2.11": "Lingkungan Hidup",
    "2.12": "Administrasi Kependudukan dan Pencatatan Sipil",
    "2.13": "Pemberdayaan Masyarakat dan Desa",
    "2.14": "Pengendalian Penduduk dan Keluarga Berencana",
    "2.15": "Perhubungan",
    "2.16": "Komunikasi dan Informatika",
    "2.17": "Koperasi, Usaha Kecil, dan Menengah",
    "2.18": "Penanaman Modal",
    "2.19": "Kepemudaan dan Olahraga",
    "2.20": "Statistik",
    "2.21": "Persandian",
    "2.22": "Kebudayaan",
    "2.23": "Perpustakaan",
    "2.24": "Kearsipan",
    "3.25": "Kelautan dan Perikanan",
    "3.26": "Pariwisata",
    "3.27": "Pertanian",
    "3.28": "Kehutanan",
    "3.29": "Energi dan Sumber Daya Mineral",
    "3.30": "Perdagangan",
    "3.31": "Perindustrian",
    "3.32": "Transmigrasi",
    "4.01": "Sekretariat Daerah",
    "4.02": "Sekretariat DPRD",
    "5.01": "Perencanaan",
    "5.02": "Keuangan",
    "5.03": "Kepegawaian",
    "5.04": "Pendidikan dan Pelatihan",
    "5.05": "Penelitian dan Pengembangan",
    "6.01": "Inspektorat Daerah",
    "8.01": "Kesatuan Bangsa dan Politik",
}
LAST_PUBLIC_CODE = "3.32"


def load(**signal: Any) -> None:
    """Insert or update all rows; safe to run again."""
    lines = REGIONS.read_text(encoding="utf-8").splitlines()
    Region.objects.bulk_create(
        [
            Region(
                code=row["code"],
                level=row["level"],
                parent_id=row["parent_code"] or None,
                name=row["name"],
            )
            for row in csv.DictReader(lines)
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["level", "parent", "name"],
    )
    AffairField.objects.bulk_create(
        [
            AffairField(code=code, name=name, is_public=code <= LAST_PUBLIC_CODE)
            for code, name in AFFAIR_FIELDS.items()
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name"],  # whether residents are offered it is the administrator's choice
    )
