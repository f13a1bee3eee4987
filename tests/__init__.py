"""Tests mirror the source: `aspirations/views/sending.py`, `tests/aspirations/test_sending.py`."""
