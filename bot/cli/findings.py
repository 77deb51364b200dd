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
    """The result of one check: the thing checked, its state, and the remedy where there is one."""

    what: str
    verdict: Verdict
    text: str
    remedy: str = ""
