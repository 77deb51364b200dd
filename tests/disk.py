"""Databases under test outlive their processes, as what was written is with the system; no power fails meanwhile."""

from __future__ import annotations

import sys
from unittest.mock import patch

# The library for locks would look at each of the interpreter's audit events, thousands a second, for untimely forks.
with patch.object(sys, "addaudithook"):
    from bot.store import sqlite

SYNCHRONOUS = sqlite.SYNCHRONOUS
"""As it is in a Paperboy that runs."""


def wait_for_no_disk() -> None:
    """Have this process's databases synced by nobody, which would be a seventh of what the tests cost."""
    sqlite.SYNCHRONOUS = "OFF"
