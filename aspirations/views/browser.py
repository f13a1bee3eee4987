"""What the browser at the other end has sent and may follow: in one signed cookie of its own, so
that a stranger needs no session. The PIN is in neither; see docs/decisions/0005."""

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts import robots
from aspirations.models import Aspiration

SALT = "aspirations.browser.2"  # raise the number with the shape of what is kept
RECEIPT_SECONDS = 2 * 3600  # the longest that anything in the cookie is good for
UNLOCKED_SECONDS = 30 * 60
UNLOCKED_AT_MOST = 20
RECEIPTS_AT_MOST = 3
LONGEST = 4000  # signs; browsers keep 4096


@dataclass
class KeptReceipt:
    """What shows a receipt: its code, the form's key, the name under which the phone kept the
    words, and until when."""

    code: str
    key: str
    kept: str
    until: float


@dataclass
class Browser:
    """The receipts of the last sendings, the newest last; the codes that may be followed until
    when; and the moments of the last sendings."""

    receipts: list[KeptReceipt] = field(default_factory=list)
    unlocked: dict[str, float] = field(default_factory=dict)
    sent: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, request: HttpRequest) -> "Browser":
        """What the cookie says that is still good; of a forged or old one, nothing."""
        said = _read(request.COOKIES.get(settings.BROWSER_COOKIE_NAME, ""))
        now = time.time()
        return cls(
            receipts=[KeptReceipt(**one) for one in said.get("receipts", []) if one["until"] > now],
            unlocked={
                code: until for code, until in said.get("unlocked", {}).items() if until > now
            },
            sent=[then for then in said.get("sent", []) if now - then < robots.WINDOW_SECONDS],
        )

    @property
    def is_flooding(self) -> bool:
        return len(self.sent) >= robots.SESSION_LIMIT

    def has_sent(self, key: str) -> bool:
        return any(one.key == key for one in self.receipts)

    def may_follow(self, code: str) -> bool:
        return code in self.unlocked

    def unlock(self, aspiration: Aspiration) -> None:
        """Let this browser follow the aspiration for a while."""
        self.unlocked.pop(aspiration.code, None)
        self.unlocked[aspiration.code] = round(time.time()) + UNLOCKED_SECONDS
        self.unlocked = dict(list(self.unlocked.items())[-UNLOCKED_AT_MOST:])

    def keep_receipt(self, aspiration: Aspiration, *, key: str, kept: str = "") -> None:
        """Let this browser see the receipt for a while, and follow the aspiration."""
        until = round(time.time()) + RECEIPT_SECONDS
        others = [one for one in self.receipts if one.code != aspiration.code]
        receipt = KeptReceipt(aspiration.code, key, kept, until)
        self.receipts = [*others, receipt][-RECEIPTS_AT_MOST:]
        self.unlock(aspiration)

    def note_sending(self) -> None:
        self.sent = [*self.sent, round(time.time())][-robots.SESSION_LIMIT :]

    def remember(self, response: HttpResponse) -> None:
        """Have the browser bring all this along with what it asks for next."""
        response.set_cookie(
            settings.BROWSER_COOKIE_NAME,
            signing.dumps(asdict(self), salt=SALT, compress=True),
            max_age=RECEIPT_SECONDS,
            path=settings.BROWSER_COOKIE_PATH,
            secure=settings.PRODUCTION,
            httponly=True,
            samesite="Lax",
        )


def _read(cookie: str) -> dict[str, Any]:
    if not cookie or len(cookie) > LONGEST:
        return {}
    try:
        said: dict[str, Any] = signing.loads(cookie, salt=SALT, max_age=RECEIPT_SECONDS)
    except signing.BadSignature:
        return {}
    return said
