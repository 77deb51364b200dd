"""The JSON objects in a model's text, read as the model meant them.

Invalid JSON with only one meaning is read all the same: line breaks within a string, commas too many or too few, other
quotation marks, LaTeX with single backslashes, Python's `None`, JavaScript's `NaN`. However hostile a text is, the time
it takes grows with its length and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.text.latex import with_latex_restored

if TYPE_CHECKING:
    from collections.abc import Iterator

# The quantifiers are possessive: nothing that was read once is read again to find another way.
_TOKEN = re.compile(
    r"""\s*+(?:
        (?P<sign>[{}\[\],:])
      | "(?P<double>[^"\\]*+(?:\\.[^"\\]*+)*+)"
      | '(?P<single>[^'\\]*+(?:\\.[^'\\]*+)*+)'
      | [“”„](?P<curly>[^“”„"\\]*+(?:\\.[^“”„"\\]*+)*+)[“”"]
      | (?P<number>-?[0-9]{1,1000}(?:\.[0-9]{1,1000})?(?:[eE][+-]?[0-9]{1,3})?)
      | (?P<word>true|false|null|True|False|None|undefined|NaN|-?Infinity)\b
    )""",
    re.VERBOSE | re.DOTALL,
)
_STRINGS = ("double", "single", "curly")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_MEANT: Mapping[str, str] = {**{mark: mark for mark in "\"'\\/"}, "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: Mapping[str, object] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "None": None,
    "undefined": None,
    "NaN": None,
    "Infinity": None,
    "-Infinity": None,
}
_NO_KEY_SIGNS = re.compile(r"[^a-z0-9]+")
_ENDS = (".", "!", "?", "…", "。", ":", ";")


@dataclass(frozen=True, slots=True)
class FoundObject:
    """An object and where it ends in the text."""

    values: Mapping[str, object]
    end: int


@dataclass(slots=True)
class _Open:
    """An object or list that is being read; `key` is the one whose value comes next."""

    values: dict[str, object] | list[object]
    key: str | None = None
    expects: str = "first"  # "first" or "next" (a key or value), "colon", "value", "comma"
    end: int = field(default=0)


def objects_in(text: str) -> list[FoundObject]:
    """All complete objects in a text, nested ones too, in the order in which they end."""
    found: list[FoundObject] = []
    place = text.find("{")
    while place >= 0:
        place = text.find("{", _read(text, place, found))
    return found


def fitting(values: Mapping[str, object], schema: Mapping[str, Any]) -> dict[str, object] | None:
    """An object with the keys of `schema` only, however they are written; one that is missing stays so.

    A list of texts where one text is wanted is joined. None when no key is known. The types of values are not checked.
    """
    properties: Mapping[str, Mapping[str, Any]] = schema["properties"]
    names = {_plain(name): name for name in properties}
    known = {names[_plain(key)]: value for key, value in values.items() if _plain(key) in names}
    if not known:
        return None
    return {
        name: _as_text(known[name]) if "string" in wanted.get("type", ()) else known[name]
        for name, wanted in properties.items()
        if name in known
    }


def is_complete(values: Mapping[str, object], schema: Mapping[str, Any]) -> bool:
    """Whether an object has all keys that `schema` requires, however they are written."""
    return {_plain(name) for name in schema.get("required", ())} <= {_plain(key) for key in values}


def _read(text: str, start: int, found: list[FoundObject]) -> int:
    """Read the object that begins at `start`; the place from which to look for the next one.

    Where it breaks off, the objects within it that were whole are found; a text that led astray is looked into.
    """
    stack: list[_Open] = []
    place, last_string = start, None
    while True:
        token = _TOKEN.match(text, place)
        if token is None:
            return _further(start, place, last_string)
        kind = str(token.lastgroup)
        begin = token.start(kind)
        if not _take(stack, kind, token[kind], found, token.end()):
            return _further(start, begin - (kind in _STRINGS), last_string)
        if not stack:
            return token.end()
        last_string = begin if kind in _STRINGS else None
        place = token.end()


def _further(start: int, place: int, last_string: int | None) -> int:
    return max(start + 1, place if last_string is None else min(place, last_string))


def _take(stack: list[_Open], kind: str, raw: str, found: list[FoundObject], end: int) -> bool:
    """Take one token in; False when it cannot stand here."""
    if kind == "sign":
        return _take_sign(stack, raw, found, end)
    top = stack[-1]
    value = _value(kind, raw)
    if isinstance(top.values, dict) and top.expects != "value":
        if not isinstance(value, str) or top.expects == "colon":
            return False
        top.key, top.expects = value, "colon"
        return True
    _put(top, value)
    return True


def _take_sign(stack: list[_Open], sign: str, found: list[FoundObject], end: int) -> bool:
    top = stack[-1] if stack else None
    match sign:
        case "{" | "[":
            if top and isinstance(top.values, dict) and top.expects != "value":
                return False
            opened: dict[str, object] | list[object] = {} if sign == "{" else []
            if top:
                _put(top, opened)
            stack.append(_Open(opened))
            return True
        case "}" | "]":
            is_object = top is not None and isinstance(top.values, dict)
            if top is None or is_object != (sign == "}") or top.expects in {"colon", "value"}:
                return False
            stack.pop()
            if isinstance(top.values, dict):
                found.append(FoundObject(top.values, end))
            return True
        case ":":
            if top is None or top.expects != "colon":
                return False
            top.expects = "value"
            return True
        case _:
            if top is None or top.expects not in {"comma", "next"}:
                return False
            top.expects = "next"
            return True


def _put(top: _Open, value: object) -> None:
    if isinstance(top.values, dict):
        top.values[top.key or ""] = value
    else:
        top.values.append(value)
    top.expects = "comma"


def _value(kind: str, raw: str) -> object:
    if kind in _STRINGS:
        return _decoded(raw)
    if kind == "word":
        return _WORDS[raw]
    return int(raw) if raw.lstrip("-").isdigit() else float(raw)


def _decoded(raw: str) -> str:
    """A text as it was meant: what follows a backslash that JSON does not know is LaTeX, or just as it stands."""
    if "\\" in raw:
        raw = _ESCAPE.sub(lambda escape: _meant(escape[1], escape[2]), raw)
        # Two halves of a character, written one by one, become that character; half a one becomes U+FFFD.
        raw = raw.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return with_latex_restored(raw)


def _meant(code: str | None, sign: str) -> str:
    return chr(int(code, 16)) if code else _MEANT.get(sign, f"\\{sign}")


def _plain(key: str) -> str:
    return _NO_KEY_SIGNS.sub("", key.lower())


def _as_text(value: object) -> object:
    if isinstance(value, Mapping) and len(value) == 1:
        value = next(iter(value.values()))
    if isinstance(value, list):
        if not all(isinstance(each, str) for each in value):
            return value
        return " ".join(_as_sentences(value)) or None
    return value


def _as_sentences(texts: list[str]) -> Iterator[str]:
    raw = [text.strip() for text in texts if text.strip()]
    for text in raw:
        yield text if len(raw) == 1 or text.endswith(_ENDS) else f"{text}."
