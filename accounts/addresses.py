"""E-mail addresses: which of them a message can reach, and which are one mailbox."""

import re
from unicodedata import normalize

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.deconstruct import deconstructible

LONGEST, LONGEST_NAME = 254, 64  # signs


@deconstructible
class AddressValidator(EmailValidator):
    """Accepts only what a mail server can be told (RFC 5321, without SMTPUTF8).

    Django's own also takes quoted names with any sign in them, bare IP addresses, domains that have
    no form in ASCII (RFC 3490) or hide signs that it drops, and what is too long for a mail server
    or for the database, which would cut it; sending to one of these fails later, or goes elsewhere.
    """

    domain_allowlist = ()

    user_regex = re.compile(
        r"[-!#$%&'*+/=?^_`{|}~0-9a-z]+(\.[-!#$%&'*+/=?^_`{|}~0-9a-z]+)*\Z", re.I | re.A
    )

    def __call__(self, value: str | None) -> None:
        super().__call__(value)
        name, _at, _domain = str(value).rpartition("@")
        if len(name) > LONGEST_NAME or len(str(value)) > LONGEST:
            raise ValidationError(self.message, code=self.code, params={"value": value})

    def validate_domain_part(self, domain_part: str) -> bool:
        try:
            domain = domain_part.encode("idna")
            hides_nothing = domain_part.isascii() or domain.decode("idna") == domain_part.lower()
        except UnicodeError:
            return False
        return hides_nothing and bool(self.domain_regex.match(domain.decode()))


validate_address = AddressValidator()


def mailbox(address: str) -> str:
    """The mailbox behind an address: rina+apa.saja@contoh.id is Rina's too."""
    name, _at, domain = normalize("NFKC", address).casefold().rpartition("@")
    plain = name.strip('"').replace("\\", "").partition("+")[0]
    try:
        return f"{plain}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{plain}@{domain}"
