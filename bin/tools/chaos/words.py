"""What residents and planners write: everything that a database, a mail or a paper could spoil."""

import random
from itertools import count

BODY_LIMIT = 2000  # signs that the form takes
SENTENCES = (
    "Mohon jembatan gantung di Desa Tumbang Habangoi diperbaiki 🙏🏽 sebelum musim hujan.",
    "“Kutipan” dan ‘tunggal’, \"lurus\" dan 'miring'; <b>bukan tanda</b> &amp; &lt;entitas&gt;.",
    "Jalan berlubang:\n- di dekat SDN 1\n- di depan pasar\n\n\tdan di ujung desa.",
    "Nama tempat: Kahayan–Kapuas, Ñandú, Łódź, Straße, e\u0301 dengan tanda gabung.",
    "Tulisan lain: 中文, ภาษาไทย, العربية, עברית, русский, ꦗꦮ.",
    "Keluarga 👩‍👩‍👧‍👦, bendera 🇮🇩, matematika 𝔸𝔹ℂ, baris putus\u00a0tetap.",
    "'; DROP TABLE aspirations; -- {{ 7*7 }} {% now %} %s %(x)s ${HOME} \\n \\\\",
    "Air bersih belum sampai ke RT 04; sumur kering sejak Juni.\n\n\nTerima kasih.",
    "Puskesmas pembantu buka hanya dua hari seminggu, padahal pasien datang setiap hari.",
)
FILLING = "Warga sudah menyampaikannya di musrenbang desa, kecamatan, dan kabupaten. "
numbers = count(1)


def new_words(chance: random.Random) -> str:
    """A text that nobody wrote before; now and then as long as the form allows."""
    lines = [f"Suara {next(numbers)}.", *chance.sample(SENTENCES, chance.randint(1, 4))]
    text = "\n".join(lines) if chance.random() < 0.5 else " ".join(lines)
    if chance.random() < 0.1:
        text += " " + FILLING * 30
    return text[:BODY_LIMIT].strip()


def new_reason(chance: random.Random) -> str:
    """A planner's sentence that nobody wrote before."""
    return f"Catatan {next(numbers)}: {chance.choice(SENTENCES)}"
