"""The errors of the emulator: those Slack sends to the bot, and those for the test that drives it."""

from collections.abc import Iterable, Mapping
from typing import Any


class RefusalError(Exception):
    """Slack's refusal of a request: `ok: false` with an error code.

    `messages` become `response_metadata.messages`; `more` are further fields of the response, such as `needed` and
    `provided`. `status` and `headers` are HTTP's.
    """

    def __init__(
        self,
        error: str,
        *,
        messages: Iterable[str] = (),
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.messages = tuple(messages)
        self.status = status
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    def answer(self) -> dict[str, Any]:
        """The body Slack would send."""
        body: dict[str, Any] = {"ok": False, "error": self.error, **self.more}
        if self.messages:
            body["errors"] = [message.removeprefix("[ERROR] ") for message in self.messages]
            body["response_metadata"] = {"messages": list(self.messages)}
        return body


class MisuseError(Exception):
    """The test or demo asked for something nobody could do in Slack, such as clicking a button that is not there."""


class ManifestError(MisuseError):
    """The manifest describes an app that Slack would not install."""
