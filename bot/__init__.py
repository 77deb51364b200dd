"""Paperboy: a Slack bot for the papers of the day."""

import os
from pathlib import Path

try:
    Path.home()
except RuntimeError:
    # A container may run as a number that has neither name nor home; slack_sdk wants one as soon as it is imported.
    os.environ["HOME"] = "/nonexistent"
