"""The record as everyone may check it: pages, files, and the program that reads them."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from aspirations.models import Aspiration
from consultations import merkle
from consultations.models import ChapterText, Consultation, Leaf, RootNotice, Seal, Tile
from consultations.models.seal import WIDTH, Log
from consultations.tasks import mail_roots
from tests import factories
from tests.aspirations.followings import KEY, PIN, look_up
from tests.languages import in_english
from tests.mail_server import Sink
from tests.public_log import verify


@pytest.fixture
def mine(chapter_text: ChapterText, planner: User) -> Aspiration:
    """Answered, among others, so that proofs have something to prove."""
    for _time in range(5):
        factories.make_aspiration(chapter_text)
    aspiration = factories.make_aspiration(chapter_text, key=KEY, body="Kata “saya” – sendiri.")
    aspiration.accept(by=planner)
    aspiration.respond(by=planner, disposition="noted", reason="Kami catat.")
    aspiration.note("Rahasia dapur.", by=planner)
    return aspiration


@pytest.fixture
def author(client: Client, mine: Aspiration) -> Client:
    Seal.objects.seal(mine.consultation_id)
    assert look_up(client, mine.code, PIN).status_code == 302
    return client


def saved(client: Client, folder: Path, name: str, *args: Any) -> Path:
    """The file that a page gives to download."""
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    assert "attachment" in response.headers["Content-Disposition"]
    path = folder / f"{name.replace(':', '-')}-{len(list(folder.iterdir()))}.json"
    path.write_bytes(response.content)
    return path


def test_proof_that_the_portal_hands_out_convinces_the_checker(
    author: Client, mine: Aspiration, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = saved(author, tmp_path, "following:proof", mine.code)
    roots = saved(author, tmp_path, "record:roots", mine.consultation.slug)

    assert verify.main([str(receipt), "--roots", str(roots)]) == 0
    said = json.loads(receipt.read_text())
    assert said["words"]["body"] == mine.body
    verbs = [entry["entry"]["verb"] for entry in said["entries"]]
    assert verbs == ["submitted", "accepted", "responded"], "not the planners' notes"
    assert "Rina" not in receipt.read_text(), "who it was stays a digest"
    assert mine.code in capsys.readouterr().out


def test_checker_refuses_what_was_changed(author: Client, mine: Aspiration, tmp_path: Path) -> None:
    receipt = saved(author, tmp_path, "following:proof", mine.code)
    roots = saved(author, tmp_path, "record:roots", mine.consultation.slug)
    true = receipt.read_text()
    said = json.loads(true)

    said["words"]["body"] = "Kami puas."
    receipt.write_text(json.dumps(said))
    assert verify.main([str(receipt), "--roots", str(roots)]) == 1

    said = json.loads(true)
    said["entries"][-1]["entry"]["by"] = None
    receipt.write_text(json.dumps(said))
    assert verify.main([str(receipt), "--roots", str(roots)]) == 1


def test_checker_sees_that_the_log_grew_was_forked_or_shortened(
    author: Client, mine: Aspiration, tmp_path: Path
) -> None:
    slug = mine.consultation.slug
    receipt = saved(author, tmp_path, "following:proof", mine.code)
    before = saved(author, tmp_path, "record:roots", slug)
    small = json.loads(before.read_text())["roots"][-1]["size"]
    mine.withdraw()
    large = Seal.objects.seal(mine.consultation_id)
    assert large
    after = saved(author, tmp_path, "record:roots", slug)
    grown = saved(author, tmp_path, "record:consistency", slug, small, large.size)

    assert verify.main([str(grown), "--roots", str(before), "--roots", str(after)]) == 0
    only_new = json.loads(after.read_text())
    only_new["roots"] = only_new["roots"][-1:]
    after.write_text(json.dumps(only_new))
    assert verify.main([str(receipt), "--roots", str(after)]) == 2, "an older root alone is unknown"
    assert verify.main([str(receipt), str(grown), "--roots", str(after)]) == 0
    assert verify.main(["--roots", str(after), "--roots", str(before)]) == 1, "shortened"
    only_new["roots"][0] |= {"size": small}
    after.write_text(json.dumps(only_new))
    assert verify.main(["--roots", str(before), "--roots", str(after)]) == 1, "forked"


def test_author_is_asked_for_patience_until_it_is_sealed(client: Client, mine: Aspiration) -> None:
    assert look_up(client, mine.code, PIN).status_code == 302

    response = in_english(client).get(reverse("following:proof", args=[mine.code]), follow=True)

    assert "Try again in a few seconds" in response.content.decode()


def test_size_of_a_receipt_leads_to_the_proof_from_there_on(
    author: Client, mine: Aspiration
) -> None:
    seal = Seal.objects.seal(mine.consultation_id)
    assert seal
    page = reverse("record:log", args=[mine.consultation.slug])

    response = author.get(f"{page}?dari={seal.size}")

    assert response.url == reverse(  # type: ignore[attr-defined]
        "record:consistency", args=[mine.consultation.slug, seal.size, seal.size]
    )

    for nonsense in ("²", "-1", "0", str(seal.size + 1), "9" * 15, "9" * 200, "<b>"):
        answer = author.get(page, {"dari": nonsense})
        assert "No root of this consultation has this size" in answer.text, nonsense
    assert "has this size" not in author.get(page).text


def test_stranger_gets_no_proof(client: Client, mine: Aspiration) -> None:
    response = client.get(reverse("following:proof", args=[mine.code]))

    assert response.status_code == 302
    assert reverse("following:lookup") in response.url  # type: ignore[attr-defined]


def test_pages_tell_what_is_proven_and_show_the_roots(
    client: Client, mine: Aspiration, consultation: Consultation
) -> None:
    before = in_english(client).get(reverse("record:log", args=[consultation.slug]))
    seal = Seal.objects.seal(consultation.pk)
    index = client.get(reverse("record:index")).content.decode()
    page = client.get(reverse("record:log", args=[consultation.slug])).content.decode()

    assert "Nothing has been sealed yet" in before.content.decode()
    assert seal
    for content in (index, page):
        assert seal.root in content
    assert "What is proven" in index
    assert "What is not proven" in index


def test_program_that_checks_is_the_one_in_the_repository(client: Client) -> None:
    content = client.get(reverse("record:verifier")).content

    assert content == Path(verify.__file__ or "").read_bytes()


def test_consistency_of_unknown_sizes_is_not_found(client: Client, mine: Aspiration) -> None:
    Seal.objects.seal(mine.consultation_id)
    address = reverse("record:consistency", args=[mine.consultation.slug, 1, 99999])

    assert client.get(address).status_code == 404


def test_roots_hold_the_last_of_each_day_for_ever(
    mine: Aspiration, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consultations.proofs.NEWEST_SHOWN", 1)
    now = timezone.now().replace(hour=5)
    for day in (3, 3, 2, 1):
        mine.note("Catatan.", by=mine.events.filter(by__isnull=False)[0].by)  # type: ignore[arg-type]
        Seal.objects.seal(mine.consultation_id, at=now - timedelta(days=day))
    address = reverse("record:roots", args=[mine.consultation.slug])

    shown = [root["size"] for root in json.loads(client.get(address).content)["roots"]]

    sizes = list(Seal.objects.order_by("size").values_list("size", flat=True))
    assert shown == sizes[1:]


def test_proofs_of_a_log_of_many_tiles_hold_and_read_little(
    consultation: Consultation, django_assert_max_num_queries: Callable[..., Any], planner: User
) -> None:
    """Two levels of tiles: 70,000 leaves, which are made here without their events."""
    size = WIDTH * WIDTH + 5000
    hashes = [merkle.leaf_hash(str(number).encode()) for number in range(size)]
    log = Log(consultation.pk, 0)
    tiles = [*log.append(hashes[:65_000]), *log.append(hashes[65_000:])]
    Leaf.objects.bulk_create(
        Leaf(consultation=consultation, index=index, kind="plan", row=-index, hash=hash_)
        for index, hash_ in enumerate(hashes)
    )
    Tile.objects.bulk_create(tiles)
    seal = Seal(consultation=consultation, size=size, root=log.root().hex(), at=timezone.now())
    older = Seal(
        consultation=consultation,
        size=65_700,
        root=merkle.subtree_of(hashes)(0, 65_700).hex(),
        at=timezone.now(),
    )

    assert seal.root == merkle.subtree_of(hashes)(0, size).hex()
    assert [tile.level for tile in tiles].count(2) == 1
    for index in (0, 300, 65_535, 65_536, size - 1):
        fresh = Seal(consultation=consultation, size=size, root=seal.root)
        with django_assert_max_num_queries(6):
            proof = fresh.inclusion_of(Leaf(index=index))
        path = [bytes.fromhex(hash_) for hash_ in proof]
        assert merkle.is_included(hashes[index], index, size, path, bytes.fromhex(seal.root))
    with django_assert_max_num_queries(6):
        grown = [bytes.fromhex(hash_) for hash_ in seal.consistency_with(older)]
    roots = bytes.fromhex(older.root), bytes.fromhex(seal.root)
    assert merkle.is_consistent(older.size, size, *roots, grown)


# The mail of the day -------------------------------------------------------------------------


@pytest.fixture
def yesterday(mine: Aspiration, settings: LazySettings) -> Seal:
    """A seal of yesterday, and two people who asked to be witnesses."""
    settings.ROOT_WITNESSES = ["koran@contoh.id", "kampus@contoh.id"]
    seal = Seal.objects.seal(mine.consultation_id, at=timezone.now() - timedelta(days=1))
    assert seal
    return seal


def test_root_of_each_day_goes_to_each_witness_once(yesterday: Seal, mine: Aspiration) -> None:
    mine.withdraw()
    today = Seal.objects.seal(mine.consultation_id)

    for _time in range(3):
        mail_roots()

    assert sorted(message.to[0] for message in mail.outbox) == [
        "kampus@contoh.id",
        "koran@contoh.id",
    ]
    for message in mail.outbox:
        assert yesterday.root in message.body
        assert today
        assert today.root not in message.body, "the day is not over yet"
        assert str(mine.consultation) in message.body


def test_root_that_the_mail_server_refused_goes_out_later(
    yesterday: Seal, settings: LazySettings, unused_tcp_port: int
) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_tcp_port
    mail_roots()
    settings.EMAIL_BACKEND = working

    mail_roots()
    before = len(mail.outbox)
    RootNotice.objects.update(due_at=timezone.now())
    mail_roots()

    assert before == 0, "it pauses before the next attempt"
    assert len(mail.outbox) == 2


def test_root_that_the_mail_server_took_goes_out_once_whatever_it_says_to_a_goodbye(
    yesterday: Seal, sink: Sink
) -> None:
    sink.bye = "221 " + "bye" * 5000

    for _time in range(2):
        mail_roots()
        RootNotice.objects.filter(sent_at=None).update(due_at=timezone.now())

    assert len(sink.messages) == 2
    assert not RootNotice.objects.filter(sent_at=None).exists()


def test_notice_of_a_day_without_roots_keeps_no_other_from_being_sent(yesterday: Seal) -> None:
    long_ago = timezone.localdate() - timedelta(days=400)
    RootNotice.objects.create(day=long_ago, address="koran@contoh.id")

    mail_roots()

    assert len(mail.outbox) == 2


def test_consultation_that_is_not_public_is_not_told(
    yesterday: Seal, cycle_of_2030: Consultation
) -> None:
    Seal.objects.seal(cycle_of_2030.pk, at=timezone.now() - timedelta(days=1))

    mail_roots()

    assert len(mail.outbox) == 2
    for message in mail.outbox:
        assert "2030" not in message.body


@pytest.fixture
def cycle_of_2030(lead_planner: User) -> Consultation:
    """Planned, with no chapter published."""
    return factories.make_consultation(lead_planner, cycle=factories.make_cycle(2030))


def test_day_on_which_nothing_was_recorded_sends_nothing(settings: LazySettings, db: None) -> None:
    settings.ROOT_WITNESSES = ["koran@contoh.id"]

    mail_roots()

    assert mail.outbox == []
    assert not RootNotice.objects.exists()
