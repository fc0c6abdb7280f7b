"""Hostile inputs, made at run time, and one rule for all: a result or a PortalError, within 20 seconds of work and a
gigabyte of memory, and nothing written outside the data folder.

    cases/        what is tried: each module has CASES
    entries.py    the functions of the portal that get it
    child.py      runs a group of cases within limits, one line of JSON for each: python -m tests.hostile.child GROUP
"""
