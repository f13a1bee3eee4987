"""The terminal shows errors and mail, and nothing of the servers' chatter."""

from pathlib import Path

import pytest

from rkpd_portal.localstack.echo import Echo

CELERY = "[2026-11-23 11:46:24,888: {level}/ForkPoolWorker-1] {text}\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log"
    path.write_text("ERROR of an earlier start\n")
    return path


def heard(echo: Echo, text: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    with echo.log.open("a") as file:
        file.write(text)
    echo.catch_up()
    return capsys.readouterr().out.splitlines()


def test_chatter_is_not_shown(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    echo = Echo("worker", log)
    chatter = (
        CELERY.format(level="INFO", text="Task sweep received")
        + "[INFO] Listening at: http://127.0.0.1:8000\nWARNING django.request Not Found: /x\n"
    )

    assert heard(echo, chatter, capsys) == []


def test_mail_is_shown_with_its_text_and_without_the_prefix(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    echo = Echo("worker", log)
    mail = CELERY.format(level="WARNING", text="MAIL to warga@kalteng.example: Kode masuk")

    lines = heard(echo, mail + "Kode: 482913\n\n[INFO] Started worker-1\nmore\n", capsys)

    assert lines == [
        "  worker | MAIL to warga@kalteng.example: Kode masuk",
        "  worker | Kode: 482913",
    ]


def test_error_is_shown_with_its_traceback(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    echo = Echo("web", log)

    lines = heard(echo, "ERROR django.request /\nTraceback (most\n  File\nINFO x\n", capsys)

    assert [line.split("| ")[1] for line in lines] == [
        "ERROR django.request /",
        "Traceback (most",
        "  File",
    ]


def test_unfinished_line_waits_for_its_end(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    echo = Echo("web", log)

    assert heard(echo, "ERROR half", capsys) == []
    assert heard(echo, " whole\n", capsys) == ["     web | ERROR half whole"]
