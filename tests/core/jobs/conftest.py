"""Fixtures for real jobs; see `tiny`."""

from tests.core.jobs.tiny import stripes, submit  # noqa: F401
