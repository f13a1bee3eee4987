"""The named cast and the stage on which they act."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.test import Client, override_settings
from django.utils import translation

from accounts.models import Agency, Membership, User
from aspirations.models import Aspiration
from consultations.models import ChapterText, Consultation
from tests import administration, factories
from tests.mail_server import Sink

# pytest-playwright keeps an event loop running in the main thread; Django's ORM is still
# used from that thread only.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

STAFF = ("planner", "lead_planner", "official", "administrator")


@pytest.fixture(scope="session", autouse=True)
def tests_of_one_run() -> Iterator[None]:
    """What holds for every test: quick passwords, static files as they lie, and staff who are
    exempt from the second factor except in the tests about it."""
    Path(django_settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    with override_settings(
        STORAGES={
            "default": {"BACKEND": "rkpd_portal.storage.WholeFileStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
        PASSWORD_HASHERS=["tests.passwords.OneRound"],
        WHITENOISE_AUTOREFRESH=True,  # otherwise every new Client reads all static files
        MFA_EXEMPT_EMAILS=[f"{name}@kalteng.example" for name in STAFF],
    ):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The database is made by its administrator; the tests have no more rights than the portal."""
    with django_db_blocker.unblock():
        administration.hand_over()


@pytest.fixture(autouse=True)
def own_files(settings: LazySettings, tmp_path: Path) -> None:
    """Every test writes its files and mails to a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")


@pytest.fixture(autouse=True)
def indonesian() -> Iterator[None]:
    """Every test begins in Indonesian, whatever language the one before it asked for."""
    with translation.override("id"):
        yield


def _person(name: str, role: str = User.Role.RESIDENT) -> Callable[[Any], User]:
    def person(db: Any) -> User:
        title = name.replace("_", " ").title()
        return factories.make_user(f"{name}@kalteng.example", role, title)

    return pytest.fixture(name=name)(person)


resident = _person("resident")
other_resident = _person("other_resident")
agency_clerk = _person("agency_clerk")
agency_head = _person("agency_head")
other_clerk = _person("other_clerk")
field_operator = _person("field_operator", User.Role.FIELD_OPERATOR)
planner = _person("planner", User.Role.PLANNER)
lead_planner = _person("lead_planner", User.Role.LEAD_PLANNER)
official = _person("official", User.Role.OFFICIAL)
administrator = _person("administrator", User.Role.ADMINISTRATOR)


@pytest.fixture
def agency(agency_clerk: User, agency_head: User) -> Agency:
    """The government of Kapuas, with its clerk and its head."""
    agency = factories.make_agency()
    factories.make_member(agency_clerk, agency)
    factories.make_member(agency_head, agency, Membership.Role.HEAD)
    return agency


@pytest.fixture
def consultation(lead_planner: User) -> Consultation:
    """Open since five days, for five more."""
    return factories.make_consultation(lead_planner)


@pytest.fixture
def chapter_text(consultation: Consultation, lead_planner: User) -> ChapterText:
    """Chapter I, accepted, with one heading and one paragraph."""
    return factories.make_chapter(consultation, lead_planner)


@pytest.fixture
def aspiration(chapter_text: ChapterText) -> Aspiration:
    """A resident's aspiration that nobody has looked at yet."""
    return factories.make_aspiration(chapter_text)


@pytest.fixture
def accepted(chapter_text: ChapterText, planner: User) -> Aspiration:
    return factories.make_accepted(chapter_text, planner)


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """A client that is signed in as the given person."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def sink(settings: LazySettings) -> Iterator[Sink]:
    """A mail server on this machine, to which the portal now sends."""
    with Sink() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.server_address[1]
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def unused_tcp_port() -> int:
    """A port on 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
