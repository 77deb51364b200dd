"""Tokens sealed with the keys of PAPERBOY_SECRET_KEY, so that the database alone gives none of them away.

Loaded only where Paperboy is installed in many workspaces: it is the one module that needs `cryptography`.
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import TokensSealed
from bot.rules.installations import Credentials

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

# Tells stamps, which anybody gets, from credentials: the same keys seal both.
_STAMP = b"stamp "


class TokenEncryption:
    """Seals and opens with several keys, the first of which seals and each of which opens."""

    def __init__(self, keys: Sequence[str]) -> None:
        ciphers = [Fernet(key) for key in keys]
        self._newest = ciphers[0]
        self._all = MultiFernet(ciphers)

    def seal(self, team: str, credentials: Credentials) -> str:
        """The credentials of a workspace as they are stored; what is sealed for one does not open for another."""
        whole = {"team": team, "token": credentials.token, "refresh_token": credentials.refresh_token}
        return self._newest.encrypt(json.dumps(whole).encode()).decode()

    def open(self, team: str, sealed: str) -> Credentials:
        """The credentials that `seal` was given. Raises `TokensSealed` where none of the keys opens them."""
        try:
            whole = json.loads(self._all.decrypt(_as_written(sealed)))
            if whole["team"] == team:
                return Credentials(whole["token"], whole["refresh_token"])
        except (InvalidToken, ValueError, TypeError, KeyError):
            # Without what went wrong, which may hold some of what was sealed.
            raise TokensSealed(team=team) from None
        raise TokensSealed(team=team)

    def is_current(self, sealed: str) -> bool:
        """Whether something is sealed with the first key."""
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True

    def stamp(self, now: datetime) -> str:
        """A text that nobody else can make, unlike any other, which tells when it was made."""
        return self._newest.encrypt_at_time(_STAMP + secrets.token_bytes(16), int(now.timestamp())).decode()

    def is_stamp(self, text: str, now: datetime, *, seconds: int) -> bool:
        """Whether a text is one of `stamp`, made no longer ago than this."""
        try:
            stamp = self._all.decrypt_at_time(_as_written(text), seconds, int(now.timestamp()))
        except (InvalidToken, ValueError):
            return False
        return stamp.startswith(_STAMP)


def _as_written(text: str) -> bytes:
    """A sealed text as it is given. Raises `ValueError` for another way to write it, of which Base64 has several: what
    is good once would be so in each of them."""
    given = text.encode()
    if base64.urlsafe_b64encode(base64.urlsafe_b64decode(given)) != given:
        raise ValueError("not as it was written")
    return given
