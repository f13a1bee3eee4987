"""E-mail addresses: which of them a message can reach, and which are one mailbox."""

import re
from unicodedata import normalize

from django.core.validators import EmailValidator
from django.utils.deconstruct import deconstructible


@deconstructible
class AddressValidator(EmailValidator):
    """Accepts only what a mail server can be told (RFC 5321, without SMTPUTF8).

    Django's own also takes quoted names with any sign in them, bare IP addresses, and domains
    that have no form in ASCII (RFC 3490); sending to one of these fails later.
    """

    user_regex = re.compile(
        r"[-!#$%&'*+/=?^_`{|}~0-9a-z]+(\.[-!#$%&'*+/=?^_`{|}~0-9a-z]+)*\Z", re.I | re.A
    )

    def validate_domain_part(self, domain_part: str) -> bool:
        try:
            domain = domain_part.encode("idna").decode()
        except UnicodeError:
            return False
        return bool(self.domain_regex.match(domain))


validate_address = AddressValidator()


def mailbox(address: str) -> str:
    """The mailbox behind an address: rina+apa.saja@contoh.id is Rina's too."""
    name, _at, domain = normalize("NFKC", address).casefold().rpartition("@")
    plain = name.strip('"').replace("\\", "")
    return f"{plain.partition('+')[0]}@{domain}"
