"""Reference codes and PINs."""

import pytest
from django.conf import LazySettings

from aspirations import reference


def test_new_code_names_the_year_and_survives_tidying() -> None:
    codes = [reference.new_code("RK", 2028) for _ in range(50)]

    assert all(code.startswith("RK28-") and len(code) == 11 for code in codes)
    assert [reference.tidy_code(code) for code in codes] == codes
    assert len(set(codes)) > 45


def test_new_code_uses_no_look_alikes() -> None:
    signs = set("".join(reference.new_code("RK", 2028)[5:] for _ in range(200))) - {"-"}

    assert signs <= set(reference.ALPHABET)
    assert not signs & set("0O1I5SB8ZU") - {"5", "8"}


@pytest.mark.parametrize(
    "typed", ["rk28-4f7k-{0}", "RK28 4F7K {0}", " rk28.4f7k.{0} ", "RK284F7K{0}", "rk28–4f7k–{0}"]
)
def test_tidy_code_reads_what_people_type(typed: str) -> None:
    check = reference.mod_37_36.calc_check_digit("4F7K", reference.ALPHABET)

    assert reference.tidy_code(typed.format(check)) == f"RK28-4F7K-{check}"


def test_tidy_code_refuses_every_single_wrong_sign() -> None:
    code = reference.new_code("RK", 2028)

    for place in range(5, 9):
        for other in set(reference.ALPHABET) - {code[place]}:
            assert reference.tidy_code(code[:place] + other + code[place + 1 :]) == ""


@pytest.mark.parametrize("typed", ["", "jalan", "RK28-", "\x00", "RK28-٣٣٣٣-٣", "é" * 9, "A" * 500])
def test_tidy_code_gives_nothing_for_what_cannot_be_a_code(typed: str) -> None:
    assert reference.tidy_code(typed) == ""


def test_pin_is_six_digits_and_the_same_for_the_same_form() -> None:
    assert reference.pin_for("form-1") == reference.pin_for("form-1")
    assert reference.pin_for("form-1") != reference.pin_for("form-2")
    assert len(reference.pin_for("form-1")) == 6
    assert reference.pin_for("form-1").isdigit()


def test_pin_fits_only_its_own_code() -> None:
    stored = reference.pin_digest("RK28-4F7K-2", "123456")

    assert stored in reference.pin_digests("RK28-4F7K-2", "123456")
    assert stored not in reference.pin_digests("RK28-4F7K-2", "123457")
    assert stored not in reference.pin_digests("RK28-4F7M-2", "123456")
    assert "123456" not in stored


def test_pin_still_fits_after_the_secret_key_changed(settings: LazySettings) -> None:
    stored = reference.pin_digest("RK28-4F7K-2", "123456")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret, at least as long as the one before it was"

    assert stored in reference.pin_digests("RK28-4F7K-2", "123456")

    settings.SECRET_KEY_FALLBACKS = []
    assert stored not in reference.pin_digests("RK28-4F7K-2", "123456")
