"""The catalog check finds each kind of fault."""

from pathlib import Path

import pytest

from bin.tools import messages

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(messages, "CHECKOUT", tmp_path)
    return tmp_path / "django.po"


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Send"\nmsgstr ""\n', "'Send' is not translated."),
        ('#, fuzzy\nmsgid "Send"\nmsgstr "Kirim"\n', "'Send' is fuzzy."),
        ('#~ msgid "Send"\n#~ msgstr "Kirim"\n', "'Send' is obsolete."),
        (
            '#, python-format\nmsgid "%(count)s sent"\nmsgstr "%(jumlah)s terkirim"\n',
            "in '%(count)s sent'",
        ),
    ],
)
def test_fault_is_named(catalog: Path, entry: str, fault: str) -> None:
    catalog.write_text(HEAD + entry)

    faults = messages.faults_of(catalog)

    assert len(faults) == 1
    assert faults[0].startswith("django.po: ")
    assert fault in faults[0]


def test_complete_catalog_has_no_fault(catalog: Path) -> None:
    catalog.write_text(HEAD + '#, python-format\nmsgid "%(n)s sent"\nmsgstr "%(n)s terkirim"\n')

    assert messages.faults_of(catalog) == []


def test_missing_and_needless_messages_are_told_apart(catalog: Path, tmp_path: Path) -> None:
    catalog.write_text(HEAD + 'msgid "Old"\nmsgstr "Lama"\n')
    fresh = tmp_path / "fresh.po"
    fresh.write_text(HEAD + 'msgid "New"\nmsgstr ""\n\n#~ msgid "Old"\n#~ msgstr "Lama"\n')

    assert messages.difference(catalog, fresh) == [
        "django.po: 'New' is missing from the catalog.",
        "django.po: 'Old' is in the catalog but not in the code.",
    ]
