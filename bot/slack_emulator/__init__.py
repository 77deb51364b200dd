"""A Slack emulator on loopback: real HTTP and WebSockets, and the behavior Slack documents towards a bot."""

from .blocks import message_problems, readable_length, view_problems
from .changes import WorkspaceChange
from .documented import DOCUMENTED
from .emulator import SlackEmulator
from .errors import ManifestError, MisuseError
from .faults import ANY_METHOD
from .interactions import Place
from .platform import Organization, SlackPlatform
from .values import (
    Answer,
    Call,
    Channel,
    DeliveryAttempt,
    EventDelivery,
    Person,
    PrivateMessage,
    Reaction,
    SlackFile,
    SlackMessage,
    View,
)

__all__ = [
    "ANY_METHOD",
    "DOCUMENTED",
    "Answer",
    "Call",
    "Channel",
    "DeliveryAttempt",
    "EventDelivery",
    "ManifestError",
    "MisuseError",
    "Organization",
    "Person",
    "Place",
    "PrivateMessage",
    "Reaction",
    "SlackEmulator",
    "SlackFile",
    "SlackMessage",
    "SlackPlatform",
    "View",
    "WorkspaceChange",
    "message_problems",
    "readable_length",
    "view_problems",
]
