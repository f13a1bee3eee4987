"""The demonstration's plan years: who organised each round, its theme, vision and priorities."""

from typing import Any

ADDRESS = {
    "organiser_address": "Jalan Diponegoro Nomor 60, Palangka Raya, Kalimantan Tengah",
    "organiser_contact": "konsultasi@kalteng.example",
    "signatory_name": "(nama contoh)",
    "is_example": True,
}
BAPPEDALITBANG = {
    "organiser_name": "Badan Perencanaan Pembangunan Daerah, Penelitian, dan Pengembangan "
    "Provinsi Kalimantan Tengah",
    "organiser_short": "Bappedalitbang",
    "signatory_position": "Kepala Bappedalitbang Provinsi Kalimantan Tengah",
    **ADDRESS,
}
# The agency's name since 2025: the consultation on RKPD 2026 was the first under it.
BAPPERIDA = {
    "organiser_name": "Badan Perencanaan Pembangunan, Riset, dan Inovasi Daerah "
    "Provinsi Kalimantan Tengah",
    "organiser_short": "Bapperida",
    "signatory_position": "Kepala Bapperida Provinsi Kalimantan Tengah",
    **ADDRESS,
}
RPJMD_2021 = {
    "rpjmd_title": "RPJMD Provinsi Kalimantan Tengah 2021–2026 “Kalteng Makin Berkah”",
    "rpjmd_start": 2021,
    "rpjmd_end": 2026,
    "vision": "Kalimantan Tengah Makin BERKAH (Bermartabat, Elok, Religius, Kuat, Amanah, "
    "dan Harmonis)",
}
RPJMD_2025 = {
    "rpjmd_title": "RPJMD Provinsi Kalimantan Tengah 2025–2029",
    "rpjmd_start": 2025,
    "rpjmd_end": 2029,
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
}
CYCLES: dict[int, dict[str, Any]] = {
    2024: {
        **RPJMD_2021,
        **BAPPEDALITBANG,
        "theme": "Pemantapan Pelayanan Dasar dan Hilirisasi Ekonomi untuk Kalteng Makin Berkah",
    },
    2025: {
        **RPJMD_2021,
        **BAPPEDALITBANG,
        "theme": "Penguatan Daya Saing Daerah melalui Pemerataan Layanan Dasar dan Ekonomi Desa",
    },
    2026: {
        # Consulted in early 2025, when the new RPJMD was itself still a draft.
        **RPJMD_2025,
        **BAPPERIDA,
        "rpjmd_title": "Rancangan RPJMD Provinsi Kalimantan Tengah 2025–2029",
        "theme": "Kalteng Semakin Berkah: Peningkatan Keadilan dan Kesejahteraan hingga ke Hulu",
    },
    2027: {
        **RPJMD_2025,
        **BAPPERIDA,
        "theme": "Peningkatan Skala Aktivitas Ekonomi Daerah dan Kualitas Tata Kelola Pemerintahan",
    },
    2028: {
        **RPJMD_2025,
        **BAPPERIDA,
        "theme": "Penguatan Ekonomi Lokal yang Merata dan Pelayanan Dasar yang Menjangkau Semua",
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
    2025: (
        "Pendidikan dan kesehatan yang merata",
        "Jalan, jembatan, dan angkutan sungai",
        "Pangan dan ekonomi desa",
        "Gambut, sungai, dan kebencanaan",
        "Tata kelola dan layanan publik",
    ),
    2026: (
        "Keadilan layanan dasar sampai ke hulu",
        "Pangan, kebun rakyat, dan perikanan",
        "Konektivitas darat dan sungai",
        "Lapangan kerja bagi pemuda",
        "Lingkungan hidup dan ketahanan bencana",
        "Kearifan lokal dan kerukunan",
    ),
    2027: (
        "Kartu Huma Betang Sejahtera dan pelindungan sosial",
        "Keunggulan lokal dan Belom Bahadat",
        "Infrastruktur jalan dan lintas kota",
        "Kawasan ekonomi dan nilai tambah",
        "Lapangan kerja dan kewirausahaan",
        "Pendidikan",
        "Kesehatan",
        "Tata kelola pemerintahan",
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
    2025: "Konsultasi atas rancangan awal RKPD 2025 berlangsung selama tiga minggu dan telah "
    "selesai. Naskah yang dibahas, aspirasi yang masuk, dan tanggapan Bappedalitbang dapat dibaca "
    "di sini.",
    2026: "Rancangan awal RKPD 2026 dikonsultasikan ketika RPJMD 2025–2029 masih disusun. "
    "Konsultasi telah selesai; tanggapan atas setiap aspirasi dapat dibaca di sini.",
    2027: "Rancangan awal RKPD 2027 dibahas di forum konsultasi publik pada 2 Februari 2026, di "
    "aula dan secara daring. Konsultasi telah selesai; tanggapan dan laporannya terbuka bagi "
    "siapa saja.",
    2028: "Bacalah rancangan awal RKPD 2028 bab demi bab dan sampaikan apa yang masih kurang. "
    "Setiap aspirasi disimpan, dijawab dengan alasan, dan dapat ditelusuri sampai ke kalimat "
    "rencana yang diubahnya.",
}
