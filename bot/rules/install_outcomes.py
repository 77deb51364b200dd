"""The outcomes of an installation that was begun on the installation page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class InstallProblem(StrEnum):
    """The reason why nothing was installed."""

    CANCELLED = "cancelled"  # whoever was asked by Slack said no
    STATE = "state"  # the request was not begun in this browser, or too long ago, or was finished before
    CODE = "code"  # Slack does not take the code: used, expired, or somebody else's
    REFUSED = "refused"  # Slack says no for another reason, which `detail` names
    UNREACHABLE = "unreachable"  # Slack did not answer; the code may be used up


@dataclass(frozen=True, slots=True)
class Begun:
    """An installation that was begun: where Slack asks for consent, and the state to remember in the browser."""

    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Installed:
    """An installation that was made in the workspace `team`, or in a whole organization, of this name."""

    team: str
    name: str
    is_organization: bool
    app: str | None


@dataclass(frozen=True, slots=True)
class NotInstalled:
    """An installation that was not made; `detail` is Slack's error code, empty where there is none."""

    why: InstallProblem
    detail: str = ""


Outcome: TypeAlias = Installed | NotInstalled
