"""How a language model's server is asked, as far as servers differ, and what its complaints mean.

What a server does not know is left out step by step, by what its own words say; what helped is remembered.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from bot.summaries.models.answers import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.summaries.models.answers import Complaint

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
_WINDOW_TOLD = re.compile(
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
    """How a server is asked for JSON: by a schema it holds the model to, more loosely, or only in words.

    Anthropic's has a tool that must be used, then one that may be used.
    """

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    WORDS = "words"


_SIMPLER_FORM = {JsonMode.SCHEMA: JsonMode.OBJECT, JsonMode.OBJECT: JsonMode.WORDS}
_OTHER_LENGTH = {"max_tokens": "max_completion_tokens", "max_completion_tokens": ""}


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One side's words in the conversation with a model."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class RequestStyle:
    """How a server is asked: the form of the answer, what its greatest length is called (nothing: it is not told), and
    whether instructions and the wanted effort stand where they belong."""

    form: JsonMode = JsonMode.SCHEMA
    length: str = "max_tokens"
    has_system: bool = True
    has_effort: bool = True

    def without(self, words: str, *, effort_sent: bool) -> RequestStyle | None:
        """The manner without what a server's words complain of; None where they name nothing that could be left out."""
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

    def after(self, complaint: Complaint, *, effort_sent: bool) -> RequestStyle | None:
        """The next manner to try after a server's complaint; None when there is none that may help."""
        words = complaint.words
        if manner := self.without(words, effort_sent=effort_sent):
            return manner
        if complaint.status not in _NOT_UNDERSTOOD or failure_meant(complaint) is not Failure.REFUSED:
            return None
        return None if _ABOUT_ACCESS.search(words) else self._in_simpler_form()

    def _in_simpler_form(self) -> RequestStyle | None:
        return replace(self, form=_SIMPLER_FORM[self.form]) if self.form in _SIMPLER_FORM else None


def failure_meant(complaint: Complaint) -> Failure:
    """What a complaint comes to, where nothing can be left out."""
    status, words = complaint.status, complaint.words
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
    """Whether a server complains that more output is asked for than the model can give."""
    return bool(_ABOUT_LENGTH.search(words) and _TOO_MUCH_WANTED.search(words) and not _ABOUT_WINDOW.search(words))


def window_told(words: str) -> int | None:
    """The tokens that fit a model's window, where its server names them in a complaint."""
    told = [int(found[1].replace(",", "")) for found in _WINDOW_TOLD.finditer(words)]
    return min((tokens for tokens in told if tokens >= 256), default=None)


def openai_request(
    model: str,
    instructions: str,
    turns: Sequence[ChatMessage],
    schema: Mapping[str, Any],
    most_output_tokens: int,
    manner: RequestStyle,
    effort: str | None = None,
) -> dict[str, Any]:
    """A chat completion (platform.openai.com, API reference, chat). No temperature: models that reason refuse it."""
    if manner.form is JsonMode.WORDS:
        instructions = _with_schema(instructions, schema)
    messages = [{"role": turn.role, "content": turn.text} for turn in turns]
    if manner.has_system:
        messages.insert(0, {"role": "system", "content": instructions})
    else:
        messages[0] = {**messages[0], "content": f"{instructions}\n\n{messages[0]['content']}"}
    request: dict[str, Any] = {"model": model, "messages": messages, "stream": False}
    if manner.length:
        request[manner.length] = most_output_tokens
    if effort and manner.has_effort:
        request["reasoning_effort"] = effort
    match manner.form:
        case JsonMode.SCHEMA:
            named = {"name": TOOL, "strict": True, "schema": schema}
            request["response_format"] = {"type": "json_schema", "json_schema": named}
        case JsonMode.OBJECT:
            request["response_format"] = {"type": "json_object"}
        case JsonMode.WORDS:
            pass
    return request


def anthropic_request(
    model: str,
    instructions: str,
    turns: Sequence[ChatMessage],
    schema: Mapping[str, Any],
    most_output_tokens: int,
    manner: RequestStyle,
    effort: str | None = None,
) -> dict[str, Any]:
    """A message with one tool for the answer (docs.anthropic.com, API reference, messages)."""
    if manner.form is not JsonMode.SCHEMA:
        instructions = _with_schema(instructions, schema)
    messages = [{"role": turn.role, "content": turn.text} for turn in turns]
    request: dict[str, Any] = {"model": model, "max_tokens": most_output_tokens, "messages": messages}
    if manner.has_system:
        request["system"] = instructions
    else:
        messages[0] = {**messages[0], "content": f"{instructions}\n\n{messages[0]['content']}"}
    if effort and manner.has_effort:
        request["output_config"] = {"effort": effort}
    if manner.form is not JsonMode.WORDS:
        request["tools"] = [{"name": TOOL, "description": "Give the answer.", "input_schema": schema}]
        must = {"type": "tool", "name": TOOL}
        request["tool_choice"] = must if manner.form is JsonMode.SCHEMA else {"type": "auto"}
    return request


def _with_schema(instructions: str, schema: Mapping[str, Any]) -> str:
    return f"{instructions}\n\nThe JSON object must fit this schema:\n{json.dumps(schema)}"
