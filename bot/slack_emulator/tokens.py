"""The app's tokens: whose each one is, until when it is good, and with which error it is refused afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from .errors import RefusalError

TokenKind = Literal["bot", "app", "config"]


@dataclass(frozen=True, slots=True)
class Token:
    """A token. A bot's belongs to an `owner`, the workspace or organization in which the app is installed.

    It is good `until` a moment, or for ever, and refused with the error `ended` once that is set.
    """

    kind: TokenKind
    owner: str
    until: datetime | None = None
    ended: str | None = None


class Tokens:
    """Every token handed out so far."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._tokens: dict[str, Token] = {}
        self._latest: dict[str, str] = {}

    def add(self, value: str, token: Token) -> None:
        """Hand out a token, which is its owner's latest from now on."""
        self._tokens[value] = token
        if token.kind == "bot":
            self._latest[token.owner] = value

    def find(self, value: str | None) -> Token | None:
        """The token with this value, whether or not it is still good."""
        return None if value is None else self._tokens.get(value)

    def latest(self, owner: str) -> str | None:
        """The bot token last handed out to a workspace or organization."""
        return self._latest.get(owner)

    def good(self, owner: str) -> list[str]:
        """The bot tokens of a workspace or organization that are good, oldest first."""
        return [value for value, token in self._tokens.items() if token.owner == owner and self.is_good(value)]

    def is_good(self, value: str | None, kind: TokenKind = "bot") -> bool:
        """Whether a request with this token is let in."""
        try:
            self.check(value, kind)
        except RefusalError:
            return False
        return True

    def check(self, value: str | None, kind: TokenKind) -> None:
        """RefusalError for a token that is none of this kind, or is no longer good."""
        if not value:
            raise RefusalError("not_authed")
        token = self._tokens.get(value)
        if token is None:
            raise RefusalError("invalid_auth")
        if token.kind != kind:
            raise RefusalError("not_allowed_token_type")
        if token.ended is not None:
            raise RefusalError(token.ended)
        if token.until is not None and self._now() >= token.until:
            raise RefusalError("token_expired")

    def end(self, value: str, error: str) -> None:
        """Let a token be good no longer; one that ended before keeps the error it is refused with."""
        token = self._tokens[value]
        self._tokens[value] = replace(token, ended=token.ended or error)

    def end_all(self, owner: str, error: str) -> None:
        """Let every bot token of a workspace or organization be good no longer."""
        for value, token in tuple(self._tokens.items()):
            if token.owner == owner and token.kind == "bot":
                self.end(value, error)
