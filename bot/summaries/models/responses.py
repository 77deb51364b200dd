"""Responses of language models' servers: the model's text, the tokens it cost, or the server's error."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.summaries.models.json_in_text import fitting, is_complete, objects_in
from bot.text.clean import clean_text, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

# Of what a model wrote: its answer stands at the end, whatever went before.
_MOST_CHARACTERS_READ = 200_000
_LONGEST_ERROR = 300
_MOST_TOKENS = 10**9
_OK = 200
# The ends of what a model thinks before it answers, as models and chat templates mark them.
_THOUGHT = r"(?:\w+:)?(?:think(?:ing)?|thoughts?|reasoning|reflection|scratchpad|analysis)"
_THOUGHTS_END = re.compile(
    rf"</\s*{_THOUGHT}\s*>|\[/think(?:ing)?\]|◁/think▷|<\|(?:end_of_thought|/think)\|>"
    r"|<\|channel\|>\s*final\b[^<]{0,40}<\|message\|>|<\|begin_of_solution\|>",
    re.IGNORECASE,
)
_THOUGHTS_BEGIN = re.compile(
    rf"<\s*{_THOUGHT}\s*>|\[think(?:ing)?\]|◁think▷|<\|begin_of_thought\|>|<\|channel\|>\s*(?:analysis|commentary)",
    re.IGNORECASE,
)
_MAY_PASS = re.compile(r"rate.?limit|overload|temporar|timed? ?out|unavailable|try again", re.IGNORECASE)
_EVENT = re.compile(rb"^data:[ ]?(.*?)\r?$", re.MULTILINE)
_STATUS = re.compile("[0-9]{3}")
# What Anthropic calls its errors, by the status they usually come with (docs.anthropic.com, API reference, errors).
_STATUS_BY_NAME: Mapping[str, int] = {
    "overloaded_error": 529,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "api_error": 500,
    "timeout_error": 504,
    "billing_error": 402,
    "insufficient_quota": 402,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "invalid_request_error": 400,
}


class Failure(StrEnum):
    """The ways a request to a model can fail.

    `unreachable`: no response, or none in time. `refused`: the server will not do this for anybody (key, model,
    address). `out_of_credit`: the provider wants payment first. `too_long`: the input exceeds the context length.
    `declined`: the model will not answer. `cut_short`: the answer exceeds the output limit. `thinking`: the model
    thought until the limit and answered nothing. `empty`: it wrote nothing. `garbled`: its answer does not fit the
    schema. `unchecked`: the source check itself failed.
    """

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    OUT_OF_CREDIT = "out_of_credit"
    TOO_LONG = "too_long"
    DECLINED = "declined"
    CUT_SHORT = "cut_short"
    THINKING = "thinking"
    EMPTY = "empty"
    GARBLED = "garbled"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens in and out."""

    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens)


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """A server's response as read: the model's text, or why there is none; `usage` where the server gives it.

    `aside` is text the server marks as thoughts; some servers put the whole answer there.
    """

    text: str = ""
    aside: str = ""
    usage: Usage | None = None
    failure: Failure | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ServerError:
    """An error of a model's server: its HTTP status, or the one its body means, and its message."""

    status: int
    words: str


def body_of(content: bytes) -> Mapping[str, Any]:
    """A JSON body, also one that comes as a stream of events or as the only item of a list; else empty."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = _streamed(content)
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    return found if isinstance(found, dict) else {}


def server_error_in(status: int, content: bytes) -> ServerError | None:
    """The error in a response, None for an answer. Some servers send errors with status 200."""
    body = body_of(content)
    if status != _OK:
        words = _words(body) or _brief(content.decode("utf-8", "replace")) or "no reason given"
        return ServerError(status, words)
    error = _error_in(body)
    if error is None:
        return None
    return ServerError(_status_in(error), _words({"error": error}) or "no reason given")


def read_openai(body: Mapping[str, Any]) -> ParsedAnswer:
    """The first choice of a chat completion."""
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    raw = choice.get("message")
    message: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    text = _text_of(message.get("content")) or _text_of(choice.get("text")) or _tool_input(message)
    aside = _text_of(message.get("reasoning_content")) or _text_of(message.get("reasoning"))
    parsed = ParsedAnswer(text, aside, _usage_of_openai(body.get("usage")))
    finish = str(choice.get("finish_reason"))
    if finish in {"length", "max_tokens", "MAX_TOKENS"}:
        return _cut_short(parsed, _reasoning_tokens(body.get("usage")))
    if finish in {"content_filter", "SAFETY"} or message.get("refusal"):
        reason = _brief(message.get("refusal")) or "the answer was filtered"
        return replace(parsed, failure=Failure.DECLINED, reason=reason)
    if not choice:
        return replace(parsed, failure=Failure.REFUSED, reason="the answer is no chat completion; check LLM_BASE_URL")
    return parsed


def read_anthropic(body: Mapping[str, Any]) -> ParsedAnswer:
    """The input of the tool call in a message, or else its text."""
    parts = body.get("content")
    blocks = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    given = next((block.get("input") for block in blocks if block.get("type") == "tool_use"), None)
    words = " ".join(str(block.get("text", "")) for block in blocks if block.get("type") == "text")
    aside = " ".join(str(block.get("thinking", "")) for block in blocks if block.get("type") == "thinking")
    parsed = ParsedAnswer(_as_text(given) or words, aside, _usage_of_anthropic(body.get("usage")))
    match body.get("stop_reason"):
        case "max_tokens" | "model_context_window_exceeded":
            return _cut_short(parsed, 0)
        case "refusal":
            return replace(parsed, failure=Failure.DECLINED, reason=_brief(words) or "the model declined")
    if not isinstance(parts, list):
        return replace(parsed, failure=Failure.REFUSED, reason="the answer is no message; check LLM_BASE_URL")
    return parsed


def object_answered(
    parsed: ParsedAnswer, schema: Mapping[str, Any], dispensable: Collection[str] = ()
) -> tuple[Mapping[str, object] | None, str]:
    """The last object in a model's answer that fits `schema`, thoughts left out; or None and the reason.

    A truncated answer counts only where a whole object stands before the cut. A value under a `dispensable` key that
    does not fit is left out.
    """
    was_cut = parsed.failure is not None
    values, wrong = _last_fitting(parsed.text, schema, dispensable, only_whole=was_cut)
    if values is None and not parsed.text.strip() and not was_cut:
        values, wrong = _last_fitting(parsed.aside, schema, dispensable, only_whole=True)
    return values, wrong


def _last_fitting(
    text: str, schema: Mapping[str, Any], dispensable: Collection[str], *, only_whole: bool = False
) -> tuple[Mapping[str, object] | None, str]:
    text = text[-_MOST_CHARACTERS_READ:]
    thought = 0
    for mark in _THOUGHTS_END.finditer(text):
        thought = mark.end()
    if only_whole and thought == 0 and _THOUGHTS_BEGIN.search(text):
        return None, "it is all thoughts"
    wrong = "there is no JSON object in it"
    # Thoughts may hold quotation marks that nobody closed; an object may hold what looks like the end of thoughts.
    for begin in dict.fromkeys((thought, 0)):
        candidates = [each.values for each in objects_in(text[begin:]) if begin + each.end > thought]
        for are_whole in (True,) if only_whole else (True, False):
            for values in reversed(candidates):
                fitted = fitting(values, schema)
                if fitted is None or is_complete(values, schema) != are_whole:
                    continue
                fitted = _without_unfit(fitted, schema, dispensable)
                found = _what_is_wrong(fitted, schema)
                if not found:
                    return fitted, ""
                wrong = found
    return None, wrong


def _without_unfit(
    values: Mapping[str, object], schema: Mapping[str, Any], dispensable: Collection[str]
) -> dict[str, object]:
    from jsonschema import Draft202012Validator  # as below

    return {
        key: value
        for key, value in values.items()
        if key not in dispensable or Draft202012Validator(schema["properties"][key]).is_valid(value)
    }


def _what_is_wrong(values: Mapping[str, object], schema: Mapping[str, Any]) -> str:
    """The first value that does not fit the schema; a missing key is taken for null where that may be."""
    from jsonschema import Draft202012Validator  # a heavy import that only those with a model need

    optional = (name for name, wanted in schema["properties"].items() if "null" in wanted.get("type", ()))
    error = next(Draft202012Validator(schema).iter_errors({**dict.fromkeys(optional), **values}), None)
    return f"{error.json_path}: {shorten(error.message, 200)}" if error else ""


def _cut_short(parsed: ParsedAnswer, reasoning_tokens: int) -> ParsedAnswer:
    """An answer that met the output limit: in the middle of it, or while the model was still thinking."""
    answered = parsed.text[_end_of_thoughts(parsed.text) :].strip()
    still_thinks = not answered or (
        _THOUGHTS_BEGIN.match(parsed.text.lstrip()) and not _THOUGHTS_END.search(parsed.text)
    )
    output = parsed.usage.output_tokens if parsed.usage else 0
    if still_thinks or (output and reasoning_tokens > 0.9 * output):
        return replace(parsed, failure=Failure.THINKING, reason="it thought until its limit and answered nothing")
    return replace(parsed, failure=Failure.CUT_SHORT, reason="the answer was longer than allowed")


def _end_of_thoughts(text: str) -> int:
    return max((mark.end() for mark in _THOUGHTS_END.finditer(text)), default=0)


def _text_of(content: object) -> str:
    """A text, or the texts of the parts that are no thoughts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(_texts_of_parts(content))


def _texts_of_parts(parts: list[object]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict) and part.get("type", "text") in {"text", "output_text"}:
            yield str(part.get("text") or "")


def _tool_input(message: Mapping[str, Any]) -> str:
    calls = message.get("tool_calls")
    call = calls[-1] if isinstance(calls, list) and calls else message
    called = call.get("function", call.get("function_call")) if isinstance(call, dict) else None
    return _as_text(called.get("arguments")) if isinstance(called, dict) else ""


def _as_text(given: object) -> str:
    if isinstance(given, str):
        return given
    if not isinstance(given, dict | list):
        return ""
    try:
        return json.dumps(given, ensure_ascii=False)
    except RecursionError:
        return ""


def _usage_of_openai(raw: object) -> Usage | None:
    if not isinstance(raw, Mapping):
        return None
    given, written, both = (_count(raw.get(f"{which}_tokens")) for which in ("prompt", "completion", "total"))
    if written is None and given is not None and both is not None:
        written = both - given
    return Usage(given, written) if given is not None and written is not None and written >= 0 else None


def _usage_of_anthropic(raw: object) -> Usage | None:
    """The tokens that Anthropic counts; those from its cache were read, too (docs.anthropic.com, prompt caching)."""
    if not isinstance(raw, Mapping):
        return None
    given, written = _count(raw.get("input_tokens")), _count(raw.get("output_tokens"))
    if given is None or written is None:
        return None
    cached = (_count(raw.get(f"cache_{how}_input_tokens")) or 0 for how in ("read", "creation"))
    return Usage(given + sum(cached), written)


def _reasoning_tokens(raw: object) -> int:
    details = raw.get("completion_tokens_details") if isinstance(raw, Mapping) else None
    return _count(details.get("reasoning_tokens")) or 0 if isinstance(details, Mapping) else 0


def _count(raw: object) -> int | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    return int(raw) if 0 <= raw < _MOST_TOKENS else None


def _error_in(body: Mapping[str, Any]) -> object | None:
    """The error that an answer of status 200 holds in place of a choice, or in it."""
    if error := body.get("error"):
        return error if isinstance(error, dict | str) else None
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    error = choice.get("error") if isinstance(choice, dict) else None
    return error if isinstance(error, dict | str) and error else None


def _status_in(error: object) -> int:
    """The status that an error under status 200 names, in whatever field, or that its message means."""
    if isinstance(error, dict):
        for raw in (error.get("code"), error.get("status"), error.get("status_code"), error.get("type")):
            status = _STATUS_BY_NAME.get(raw, raw) if isinstance(raw, str) else raw
            status = int(status) if isinstance(status, str) and _STATUS.fullmatch(status) else status
            if isinstance(status, int) and not isinstance(status, bool) and 400 <= status < 600:
                return status
    return 503 if _MAY_PASS.search(_words({"error": error})) else _OK


def _words(body: Mapping[str, Any]) -> str:
    """The server's own message, wherever servers put it: `error.message`, `message`, `detail`, `errors` …"""
    error = body.get("error", body)
    if not isinstance(error, dict):
        return _brief(error)
    raw = [error.get("message")]
    if error is body:
        raw += [error.get("detail"), error.get("errors"), error.get("title")]
    words = next((found for found in map(_phrases, raw) if found), "")
    metadata = error.get("metadata")
    more = [metadata.get("raw")] if isinstance(metadata, dict) else []  # OpenRouter: what the provider behind it said
    named = [error.get("code"), error.get("type")]
    more += [name for name in named if str(name) in {"insufficient_quota", "billing_error", "content_filter"}]
    added = [text for text in dict.fromkeys(_brief(each) for each in more) if text and text not in words]
    return shorten(" · ".join([words, *added]) if words else " · ".join(added), _LONGEST_ERROR)


def _phrases(raw: object) -> str:
    """A text, or what validators report: a list of `{"loc": […], "msg": …}` (FastAPI's `detail`)."""
    if isinstance(raw, dict):
        raw = [raw]
    if not isinstance(raw, list):
        return _brief(raw)
    found = []
    for each in raw[:5]:
        if isinstance(each, dict):
            place = each.get("loc")
            where = ".".join(str(step) for step in place) if isinstance(place, list) else ""
            text = _brief(each.get("msg") or each.get("message"))
            found.append(f"{where}: {text}" if where and text else text)
        else:
            found.append(_brief(each))
    return _brief("; ".join(text for text in found if text))


def _brief(text: object) -> str:
    return shorten(clean_text(text), _LONGEST_ERROR) if isinstance(text, str) else ""


def _streamed(content: bytes) -> object:
    """A chat completion that came as a stream of events although none was asked for, put together."""
    text: list[str] = []
    whole: dict[str, Any] = {}
    finish = None
    for event in _EVENT.finditer(content):
        try:
            piece = json.loads(event[1])
        except (ValueError, RecursionError):
            continue
        if not isinstance(piece, dict):
            continue
        whole.update({key: value for key, value in piece.items() if key in {"usage", "error"} and value})
        choices = piece.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        delta = choice.get("delta")
        text.append(_text_of(delta.get("content")) if isinstance(delta, dict) else "")
        finish = choice.get("finish_reason") or finish
    if not text:
        return None
    return {**whole, "choices": [{"message": {"content": "".join(text)}, "finish_reason": finish}]}
