"""Requests to language models in each server's dialect, and what a server's errors mean.

A field that a server does not know is left out of the next request, one at a time, by what its error message says.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from bot.summaries.models.responses import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.summaries.models.responses import ServerError

TOOL = "answer"
_MAY_PASS = frozenset({408, 409, 425, 429})
_SERVER_ERRORS = 500
_NOT_UNDERSTOOD = frozenset({400, 405, 415, 422, 501})
_NEVER_MADE = frozenset({501, 505})
_UNPAID = 402
_TOO_LARGE = 413

_ABOUT_CREDIT = re.compile(
    r"insufficient[_ ](?:quota|balance|funds|credits?)|credit balance is too low|billing (?:hard )?limit"
    r"|out of credits?|billing_error|(?:add|purchase|buy) (?:more )?credits|payment required",
    re.IGNORECASE,
)
_ABOUT_WINDOW = re.compile(
    r"context (?:length|window|size)|maximum context|prompt (?:is )?too long|input (?:is )?too (?:long|large)"
    r"|too many (?:input )?tokens|exceeds? the (?:available|maximum|model).{0,40}(?:context|tokens|length)"
    r"|reduce the length|request_too_large|larger than the maximum|input token count",
    re.IGNORECASE,
)
_WINDOW_NAMED = re.compile(
    r"(?:context (?:length|window|size)|maximum|limit|n_ctx)\D{0,40}?([0-9][0-9,]{2,8})\)? ?(?:input )?(?:tokens)?",
    re.IGNORECASE,
)
_ABOUT_CONTENT = re.compile(
    r"content[_ ](?:filter|policy|management)|responsible ?ai|safety (?:system|filter)|flagged|moderation"
    r"|data_inspection_failed|inappropriate content|PROHIBITED_CONTENT",
    re.IGNORECASE,
)
_ABOUT_ACCESS = re.compile(
    r"api[ _-]?key|unauthori[sz]ed|credential|authenticat|permission|forbidden|access token"
    r"|model\b.{0,80}\b(?:not (?:found|exist|available)|does not exist|unknown|no longer)|no such model|unknown model",
    re.IGNORECASE,
)
_ABOUT_LENGTH = re.compile(r"max_(?:completion_|output_|new_)?tokens", re.IGNORECASE)
_TOO_MUCH_WANTED = re.compile(
    r"too large|maximum allowed|at most|must be (?:less|at most|<)|exceeds?|> \d", re.IGNORECASE
)
_ABOUT_ROLES = re.compile(
    r"\bsystem\b['\"`]?[ _]?(?:role|message|prompt|instruction)s?.{0,40}?\b(?:not|n't|un)"
    r"[ -]?(?:support|allow|permit|enabled)"
    r"|roles? must alternate|only .{0,12}user.{0,24}(?:assistant|model).{0,12}roles?"
    r"|(?:invalid|unknown|unsupported|unexpected|unrecogni[sz]ed).{0,20}\brole\b.{0,40}\bsystem\b"
    r"|\brole\b.{0,40}\bsystem\b.{0,40}(?:invalid|not|unknown|unsupported|unexpected)"
    r"|developer instruction is not enabled|first message must (?:be|have).{0,20}user",
    re.IGNORECASE,
)
_ABOUT_EFFORT = re.compile(r"reasoning|effort|output_config|thinking", re.IGNORECASE)
_ABOUT_FORM = re.compile(
    r"response_format|json_schema|json_object|json[ _-]?mode|structured[ _-]?output|guided|grammar|tool_choice"
    r"|\btools?\b|function[ _-]?call|\bschema\b",
    re.IGNORECASE,
)


class JsonMode(StrEnum):
    """A way to ask a server for JSON: by a schema it enforces, by its JSON mode, or only in the instructions.

    With Anthropic's API these are a tool that must be used, one that may be used, and none.
    """

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    WORDS = "words"


_SIMPLER_FORM = {JsonMode.SCHEMA: JsonMode.OBJECT, JsonMode.OBJECT: JsonMode.WORDS}
_OTHER_LENGTH = {"max_tokens": "max_completion_tokens", "max_completion_tokens": ""}


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A message of the conversation with a model."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class RequestStyle:
    """The dialect of a server: the JSON mode, the name of the output limit (empty: not sent), and whether it takes a
    system message and a reasoning effort."""

    form: JsonMode = JsonMode.SCHEMA
    length: str = "max_tokens"
    has_system: bool = True
    has_effort: bool = True

    def without(self, words: str, *, effort_sent: bool) -> RequestStyle | None:
        """The style without what an error message names; None where it names nothing that could be left out."""
        if _ABOUT_WINDOW.search(words):
            return None
        if "max_completion_tokens" in words and self.length == "max_tokens":
            return replace(self, length="max_completion_tokens")
        if _ABOUT_LENGTH.search(words) and self.length and not _TOO_MUCH_WANTED.search(words):
            return replace(self, length=_OTHER_LENGTH[self.length])
        if self.has_system and _ABOUT_ROLES.search(words):
            return replace(self, has_system=False)
        if self.has_effort and effort_sent and _ABOUT_EFFORT.search(words):
            return replace(self, has_effort=False)
        return self._in_simpler_form() if _ABOUT_FORM.search(words) else None

    def after(self, server_error: ServerError, *, effort_sent: bool) -> RequestStyle | None:
        """The next style to try after a server's error; None when no other may help."""
        words = server_error.words
        if style := self.without(words, effort_sent=effort_sent):
            return style
        if server_error.status not in _NOT_UNDERSTOOD or failure_meant(server_error) is not Failure.REFUSED:
            return None
        return None if _ABOUT_ACCESS.search(words) else self._in_simpler_form()

    def _in_simpler_form(self) -> RequestStyle | None:
        return replace(self, form=_SIMPLER_FORM[self.form]) if self.form in _SIMPLER_FORM else None


def failure_meant(server_error: ServerError) -> Failure:
    """The failure an error means, where no simpler request can be tried."""
    status, words = server_error.status, server_error.words
    if status == _UNPAID or _ABOUT_CREDIT.search(words):
        return Failure.OUT_OF_CREDIT
    if status in _MAY_PASS:
        return Failure.UNREACHABLE
    if status == _TOO_LARGE or _ABOUT_WINDOW.search(words):
        return Failure.TOO_LONG
    if status < _SERVER_ERRORS and _ABOUT_CONTENT.search(words):
        return Failure.DECLINED
    will_pass = status >= _SERVER_ERRORS and status not in _NEVER_MADE
    return Failure.UNREACHABLE if will_pass else Failure.REFUSED


def wants_less_output(words: str) -> bool:
    """Whether an error says that the output limit sent is above the model's own."""
    return bool(_ABOUT_LENGTH.search(words) and _TOO_MUCH_WANTED.search(words) and not _ABOUT_WINDOW.search(words))


def window_named(words: str) -> int | None:
    """The model's context length in tokens, where an error message names it."""
    named = [int(found[1].replace(",", "")) for found in _WINDOW_NAMED.finditer(words)]
    return min((tokens for tokens in named if tokens >= 256), default=None)


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """A request to a model, whatever protocol its server speaks.

    `schema` is the JSON Schema of the answer. `most_output_tokens` limits what is written, thoughts included; `effort`
    is how much the model is to think, None to leave that to the server.
    """

    model: str
    instructions: str
    messages: Sequence[ChatMessage]
    schema: Mapping[str, Any]
    most_output_tokens: int = 0
    effort: str | None = None


def openai_request(asked: ModelRequest, style: RequestStyle) -> dict[str, Any]:
    """A chat completion (platform.openai.com, API reference, chat). No temperature: models that reason refuse it."""
    instructions = _instructions(asked, with_schema=style.form is JsonMode.WORDS)
    messages = _messages(asked, style, instructions)
    if style.has_system:
        messages.insert(0, {"role": "system", "content": instructions})
    request: dict[str, Any] = {"model": asked.model, "messages": messages, "stream": False}
    if style.length:
        request[style.length] = asked.most_output_tokens
    if asked.effort and style.has_effort:
        request["reasoning_effort"] = asked.effort
    match style.form:
        case JsonMode.SCHEMA:
            named = {"name": TOOL, "strict": True, "schema": asked.schema}
            request["response_format"] = {"type": "json_schema", "json_schema": named}
        case JsonMode.OBJECT:
            request["response_format"] = {"type": "json_object"}
        case JsonMode.WORDS:
            pass
    return request


def anthropic_request(asked: ModelRequest, style: RequestStyle) -> dict[str, Any]:
    """A message with one tool for the answer (docs.anthropic.com, API reference, messages)."""
    instructions = _instructions(asked, with_schema=style.form is not JsonMode.SCHEMA)
    messages = _messages(asked, style, instructions)
    request: dict[str, Any] = {"model": asked.model, "max_tokens": asked.most_output_tokens, "messages": messages}
    if style.has_system:
        request["system"] = instructions
    if asked.effort and style.has_effort:
        request["output_config"] = {"effort": asked.effort}
    if style.form is not JsonMode.WORDS:
        request["tools"] = [{"name": TOOL, "description": "Give the answer.", "input_schema": asked.schema}]
        must = {"type": "tool", "name": TOOL}
        request["tool_choice"] = must if style.form is JsonMode.SCHEMA else {"type": "auto"}
    return request


def _messages(asked: ModelRequest, style: RequestStyle, instructions: str) -> list[dict[str, str]]:
    """The conversation as both protocols write it; the instructions open it where a server takes them nowhere else."""
    messages = [{"role": message.role, "content": message.text} for message in asked.messages]
    if not style.has_system:
        messages[0] = {**messages[0], "content": f"{instructions}\n\n{messages[0]['content']}"}
    return messages


def _instructions(asked: ModelRequest, *, with_schema: bool) -> str:
    if not with_schema:
        return asked.instructions
    return f"{asked.instructions}\n\nThe JSON object must fit this schema:\n{json.dumps(asked.schema)}"
