"""What an aspiration can be: its kind, channel, stakeholder group and moderation state."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """What sort of thing is said."""

    COMMENT = "comment", _("Comment on the text")
    PROPOSAL = "proposal", _("Proposal for a programme or activity")
    QUESTION = "question", _("Question")


class Channel(models.TextChoices):
    """The way by which it came in."""

    WEB = "web", _("Website")
    ASSISTED = "assisted", _("Typed by a field operator")
    FORUM = "forum", _("Forum")
    PAPER = "paper", _("Paper form")
    BATCH = "batch", _("Batch entry")
    AGENCY_LETTER = "agency_letter", _("Letter of an agency")


class StakeholderGroup(models.TextChoices):
    """The part of society for which someone speaks (unsur pemangku kepentingan)."""

    RESIDENT = "resident", _("General public")
    VILLAGE_GOV = "village_gov", _("Village government")
    REGENCY_GOV = "regency_gov", _("Regency or city government")
    PROVINCIAL_AGENCY = "provincial_agency", _("Provincial agency")
    CENTRAL_VERTICAL = "central_vertical", _("Central government office")
    DPRD = "dprd", _("DPRD")
    ACADEMIA = "academia", _("Academics")
    BUSINESS = "business", _("Business, state companies, banks")
    NGO = "ngo", _("Civil society organisation")
    CUSTOMARY = "customary", _("Customary leaders and institutions")
    RELIGIOUS = "religious", _("Religious leaders")
    WOMEN = "women", _("Women's organisations and PKK")
    YOUTH = "youth", _("Youth")
    DISABILITY = "disability", _("Persons with disabilities")
    VULNERABLE = "vulnerable", _("Other vulnerable groups")
    SECURITY = "security", _("Army, police, prosecution")


class Moderation(models.TextChoices):
    """Where an aspiration stands with the planners."""

    SUBMITTED = "submitted", pgettext_lazy("moderation", "Received")
    IN_REVIEW = "in_review", pgettext_lazy("moderation", "In review")
    ACCEPTED = "accepted", pgettext_lazy("moderation", "Accepted")
    RETURNED = "returned", pgettext_lazy("moderation", "Returned to be completed")
    MERGED = "merged", pgettext_lazy("moderation", "Joined")
    REFUSED = "refused", pgettext_lazy("moderation", "Not accepted")
    WITHDRAWN = "withdrawn", pgettext_lazy("moderation", "Withdrawn")


UNDECIDED = frozenset({Moderation.SUBMITTED, Moderation.IN_REVIEW})
