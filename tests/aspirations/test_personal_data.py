"""Numbers that give a person away, however they are written."""

import pytest

from aspirations.personal_data import mentions_identity_number, mentions_telephone


@pytest.mark.parametrize(
    "text",
    [
        "NIK 6271011203900001",
        "6271 0112 0390 0001",
        "6271.0112.0390.0001",
        "6271\u20110112\u20110390\u20110001",
        "62\u200b71011203900001",
    ],
)
def test_identity_number_is_seen(text: str) -> None:
    assert mentions_identity_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "+62 (812) 3456 7890",
        "0812/3456/7890",
        "0812-3456-7890",
        "081234567890",
        "62\u00a0812\u00a03456\u00a07890",
    ],
)
def test_telephone_is_seen(text: str) -> None:
    assert mentions_telephone(text)


@pytest.mark.parametrize(
    "text",
    [
        "Anggaran Rp1.250.000.000.000 pada tahun 2028",
        "RKPD 2025, 2026, 2027 dan 2028",
        "Kode 62.03.01.2001 sampai 62.03.01.2015",
        "01/02/2026 - 28/02/2026",
        "2025 - 2026 - 2027 - 2028",
        "tahun 2026/2027 12.500.000",
        "Rp 12.000.000 - 80.000.000",
        "Rp 1.250.000.000 (2.500.000 per desa)",
        "Rp12.500.000.000 untuk 62.03.01.2001",
        "Bab 1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12",
    ],
)
def test_figures_of_a_plan_are_neither(text: str) -> None:
    assert not mentions_identity_number(text)
    assert not mentions_telephone(text)
