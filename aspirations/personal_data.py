"""Signs that a text gives away someone's identity number or telephone. Saves nothing."""

import re

from django.utils.translation import gettext_lazy as _

NIK_FOUND = _(
    "Your text seems to hold a NIK. Please take it out: we never need it, and the text may be"
    " shown to everyone."
)

UNSEEN = r"[\u200b-\u200d\u2060]*"
HYPHENS = r"\u2010-\u2015-"
# Between the digits of a NIK stands one sign at most; " - " or "/" part dates and sums of money.
IN_NIK = rf"{UNSEEN}[ \u00a0.{HYPHENS}]?{UNSEEN}"
IN_MOBILE = rf"{UNSEEN}[ \u00a0.()/{HYPHENS}]{{0,2}}{UNSEEN}"
SIXTEEN_DIGITS = re.compile(rf"(?<!\d)(?<!\d[.,])\d(?:{IN_NIK}\d){{15}}(?!\d)")
MOBILE = re.compile(rf"(?<!\d)(?:\+?62|0){IN_MOBILE}8\d(?:{IN_MOBILE}\d){{6,10}}(?!\d)")


def mentions_identity_number(text: str) -> bool:
    """True if sixteen digits in a row could be a NIK: a province, a birthday, a month."""
    return any(_is_like_nik(found) for found in SIXTEEN_DIGITS.findall(text))


def mentions_telephone(text: str) -> bool:
    """True if the text holds what looks like an Indonesian mobile number."""
    return MOBILE.search(text) is not None


def _is_like_nik(found: str) -> bool:
    digits = re.sub(r"\D", "", found)
    province, day, month = int(digits[:2]), int(digits[6:8]), int(digits[8:10])
    # Women's birthdays are written with 40 added to the day.
    return 11 <= province <= 97 and (1 <= day <= 31 or 41 <= day <= 71) and 1 <= month <= 12
