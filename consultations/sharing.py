"""Pages that are the same for every stranger: a view says so, and what would make it another page.

The web server (rkpd_portal/copies.py) then gives its answer to the next readers too.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest

from consultations.editions import OFFER, Offer, Part, Terms
from consultations.models import Consultation

View = Callable[..., Any]


def shareable(*asked: str) -> Callable[[View], View]:
    """The view's answers may be shared: it reads no cookie but the language's, nor who asks. Of the
    query it reads these names; what links carry besides, as those of social networks do, makes no
    other page."""

    def mark(view: View) -> View:
        view.shared_by = frozenset(asked)  # type: ignore[attr-defined]
        return view

    return mark


def share(
    request: HttpRequest,
    *parts: Part,
    of: Consultation | None = None,
    dates: Iterable[Consultation] = (),
    own: tuple[str, str, str] | None = None,
) -> None:
    """Offer the answer to this request to others, if it was asked for in nobody's name.

    `dates` are the consultations whose opening or closing shows in it, besides `of`.
    """
    offer: Offer | None = request.META.get(OFFER)
    if offer is None:
        return
    dated = [*dates, *([of] if of else [])]
    moments = [moment for one in dated if (moment := one.next_moment(offer.asked_at))]
    offer.terms = Terms(parts, of.pk if of else None, min(moments, default=None), own)
