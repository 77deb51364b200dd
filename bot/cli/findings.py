"""The results of the checks of `paperboy doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The result of a check: as it should be, worth a look, or in the way of the work."""

    OK = "ok"
    NOTE = "note"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do about it where there is something to do."""

    what: str
    verdict: Verdict
    text: str
    remedy: str = ""
