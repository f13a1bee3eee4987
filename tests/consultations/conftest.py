"""The planners at their desk, and a chapter being written."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from consultations.models import ChapterText, Consultation
from tests import factories


@pytest.fixture
def lead(sign_in: Callable[[User], Client], lead_planner: User) -> Client:
    return sign_in(lead_planner)


@pytest.fixture
def writer(sign_in: Callable[[User], Client], planner: User) -> Client:
    return sign_in(planner)


@pytest.fixture
def text(consultation: Consultation, planner: User) -> ChapterText:
    """Chapter II being written: blocks satu and dua."""
    html = "<p>satu</p><p>dua</p>"
    return factories.make_chapter(consultation, planner, number=2, html=html, published=False)
