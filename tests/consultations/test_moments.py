"""Moments in words: a page that is made twice within a minute is the same page."""

from datetime import UTC, datetime

from consultations.templatetags.moments import at_time


def test_a_moment_is_no_finer_than_its_words() -> None:
    early = datetime(2026, 11, 29, 11, 28, 0, 967264, tzinfo=UTC)
    late, next_one = early.replace(second=59), early.replace(minute=29, microsecond=0)

    assert at_time(early) == at_time(late)
    assert at_time(early) != at_time(next_one)
    assert 'datetime="2026-11-29T11:28+00:00"' in at_time(early)
