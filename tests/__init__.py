"""Tests mirror the source: `aspirations/views/sending.py` is `tests/aspirations/test_sending.py`."""
