"""After the chaos: what people were told against what the database and the mailboxes hold."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable

from aspirations.models import Aspiration, Delivery, Event, Receipt
from bin.tools.chaos.ledger import Ledger
from bin.tools.chaos.mailserver import Mail
from bin.tools.chaos.verdict import Verdict
from consultations import merkle
from consultations.models import Consultation, Leaf, Seal, Unsealed
from consultations.models.record import kinds

ONCE = (  # what the planners of bin/chaos do to one aspiration at most once
    "submitted",
    "review_started",
    "accepted",
    "returned",
    "refused",
    "merged",
    "responded",
)


def aspirations(ledger: Ledger, verdict: Verdict) -> None:
    """Each receipt given is there once, with its exact words and its PIN."""
    rows = {row.code: row for row in Aspiration.objects.select_related("author")}
    for receipt in ledger.receipts:
        row = rows.get(receipt.code)
        if row is None:
            verdict.lost.append(f"{receipt.code} is not there")
            continue
        for name, words in receipt.words.items():
            if getattr(row, name) != words:
                verdict.lost.append(f"{receipt.code}: its {name} is {getattr(row, name)!r}")
        if row.author.contact_email != receipt.address:
            verdict.lost.append(f"{receipt.code}: its address is {row.author.contact_email}")
        if not Receipt.objects.opened_by(receipt.code, receipt.pin).exists():
            verdict.lost.append(f"{receipt.code}: its PIN does not open it")
    for body, times in Counter(row.body for row in rows.values()).items():
        if times > 1:
            verdict.duplicated.append(f"{times} aspirations say {body[:60]!r}")
    known = {receipt.code for receipt in ledger.receipts}
    for code in sorted(rows.keys() - known):
        verdict.findings.append(f"{code}: nobody holds a receipt for it")


def complaints(ledger: Ledger, verdict: Verdict) -> None:
    """What people saw themselves."""
    for sentence in ledger.complaints:
        is_twice = sentence.startswith("duplicated: ")
        (verdict.duplicated if is_twice else verdict.findings).append(sentence)


def decisions(ledger: Ledger, verdict: Verdict) -> None:
    """Each decision that somebody was told is done is recorded, once."""
    recorded: dict[tuple[str, str], list[str]] = defaultdict(list)
    for event in Event.objects.select_related("aspiration"):
        recorded[event.aspiration.code, event.verb].append(event.words)
    for decision in ledger.decisions:
        words = recorded.get((decision.code, decision.verb), [])
        # The history tells an answer with its disposition before it.
        if not any(one.endswith(decision.words) for one in words):
            verdict.lost.append(f"{decision.code}: {decision.verb} was told, but is not recorded")
    for (code, verb), words in recorded.items():
        most = Counter(words).most_common(1)[0][1]
        if (times := len(words) if verb in ONCE else most) > 1:
            verdict.duplicated.append(f"{code}: {verb} is recorded {times} times")


def seals(ledger: Ledger, verdict: Verdict) -> None:
    """Every recorded row is a leaf, and each receipt's first event is proven under the root."""
    for waiting in Unsealed.objects.all():
        verdict.unsealed.append(f"{waiting} waits")
    for kind, model in kinds().items():
        rows = set(model._default_manager.values_list("pk", flat=True))
        leaves = set(Leaf.objects.filter(kind=kind).values_list("row", flat=True))
        verdict.unsealed += [f"{kind} {row} is no leaf" for row in sorted(rows - leaves)]
        verdict.findings += [f"{kind} {row} is a leaf of nothing" for row in sorted(leaves - rows)]
    codes = {receipt.code for receipt in ledger.receipts}
    for consultation in Consultation.objects.all():
        newest = Seal.objects.newest(consultation.pk)
        if newest:
            unproven(newest, codes, verdict)


def unproven(newest: Seal, codes: set[str], verdict: Verdict) -> None:
    """The first events of these codes whose proofs do not lead to the newest root."""
    root = bytes.fromhex(newest.root)
    first = Event.objects.filter(
        consultation=newest.consultation_id, verb=Event.Verb.SUBMITTED, aspiration__code__in=codes
    ).select_related("aspiration")
    leaves = {leaf.row: leaf for leaf in Leaf.objects.filter(kind=Event.KIND)}
    for event in first:
        leaf = leaves.get(event.pk)
        if leaf is None:
            continue  # counted as unsealed already
        proof = [bytes.fromhex(hash_) for hash_ in newest.inclusion_of(leaf)]
        hash_ = merkle.leaf_hash(event.leaf_data())
        if not merkle.is_included(hash_, leaf.index, newest.size, proof, root):
            verdict.findings.append(f"{event.aspiration.code}: its proof does not lead to the root")


def messages(received: Iterable[Mail], verdict: Verdict) -> None:
    """Each message that was to be sent is in its mailbox, and nothing else is."""
    mails = set(received)
    verdict.messages = len(mails)
    for delivery in Delivery.objects.select_related("event__aspiration"):
        mail = Mail(delivery.address, message_id(delivery.event))
        outcome = delivery.outcome or "waiting"
        if outcome == Delivery.Outcome.SENT and mail not in mails:
            verdict.lost.append(f"{delivery.address} was not told: {delivery.event.verb}")
        if outcome not in (Delivery.Outcome.SENT, Delivery.Outcome.OVERTAKEN):
            verdict.findings.append(f"{delivery.address}, {delivery.event.verb}: {outcome}")
        mails.discard(mail)
    for mail in mails:
        verdict.duplicated.append(f"{mail.address} got {mail.message_id}, which no delivery names")
    for event in Event.objects.filter(verb__in=Event.NOTIFIES, deliveries=None):
        verdict.lost.append(f"Nobody was to be told of event {event}, though all gave an address")


def message_id(event: Event) -> str:
    return f"event-{hashlib.sha256(event.leaf_data()).hexdigest()[:32]}"
