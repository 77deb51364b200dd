"""Days and weeks as people write them: `yesterday`, `31 July`, `last week`, `top 5`, `7월 31일`, `2024-W31`.

A date without a year is the coming one within two weeks, which people write to ask for what is next, and else the last
such date. A text is only read so when every word of it
belongs to what it asks for; a date that no calendar has is told, never taken for another.
"""

from __future__ import annotations

import re
from calendar import monthrange
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.rules.links import day_list_link

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.rules.phrases import Phrases

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\.?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([/.])(\d{1,2})\2(\d{4})", re.ASCII)
_MONTH_AND_DAY = re.compile(r"(\d{1,2})[/-](\d{1,2})", re.ASCII)
_MONTH_DOT_DAY = re.compile(r"(\d{1,2})\.(\d\d)", re.ASCII)
_SHORT_YEAR = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{1,2})\.?", re.ASCII)
# Other centuries are the beginnings of IDs: 2407.12 is no month.
_MONTH_OF_YEAR = re.compile(r"((?:19|20)\d\d)[-/.](\d{1,2})", re.ASCII)
_WEEK_OF_YEAR = re.compile(r"(\d{4})-?w(\d{1,2})", re.ASCII)
_EIGHT_DIGITS = re.compile(r"((?:19|20|21)\d\d)(\d\d)(\d\d)", re.ASCII)
_PIECE = re.compile(r"\d+[^\W\d_]*|[^\W\d_]+(?:['’]s)?|[-,./]")
_BETWEEN_DATES = re.compile(r"[~〜–—]")
_MOST_WORDS = 24
_COMING_DAYS = 14  # a date that near is not one of last year
_LEAP_CYCLE = 8  # years between two February 29, where a century's is left out
_DAYS_OF_WEEK = 7
_DAYS_OF_MONTH = 30  # of one that is counted back from today
_LONGEST_MONTH = 31  # days
_MONTHS = 12
_NAMED_SINCE = {
    "today", "yesterday", "day_before_yesterday", "this_week", "last_week", "this_month", "last_month",
    "past_week", "past_month",
}  # fmt: skip
_YEARS_BACK = {"this_year": 0, "last_year": 1}  # searched since they began: too many days to show


@dataclass(frozen=True, slots=True)
class DateWords:
    """The words dates are written with, in every language.

    `times` are phrases with a meaning of `today`, `last_week`, `month 7`, `weekday 1`, `unit_day`, `number 5`, … or
    none; `suffixes` are what stands behind a number without a blank: `day`, `week`, `month`, `year`, `count`.
    """

    times: Phrases
    suffixes: Phrases


@dataclass(frozen=True, slots=True)
class Days:
    """Listing days from `first` to `last`, both None for the latest, and how many papers of their `top` are wanted."""

    first: date | None = None
    last: date | None = None
    top: int | None = None


@dataclass(frozen=True, slots=True)
class ImpossibleDate:
    """A date by its form alone: no calendar has it."""


@dataclass(frozen=True, slots=True)
class _Number:
    value: int
    digits: int
    unit: str = ""  # a suffix: `day`, `month`, …


@dataclass(frozen=True, slots=True)
class _Span:
    first: date
    last: date


_Token = str | _Number | _Span
_Read = tuple[int, "_Span | int | None"]  # how many tokens were read; the days, a number of papers, or the latest day


class _NoSuchDate(Exception):
    """A date that no calendar has."""


def read_days(words: Sequence[str], known: DateWords, *, today: date) -> Days | ImpossibleDate | None:
    """The days that all of these words ask for; None where they ask for anything else."""
    words = [part for word in words[: _MOST_WORDS + 1] for part in _BETWEEN_DATES.split(word) if part]
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    try:
        tokens = _tokens(words, known, today)
        return _read_tokens(tokens, today) if tokens else None
    except (_NoSuchDate, OverflowError, ValueError):
        return ImpossibleDate()


def first_day(words: Sequence[str], known: DateWords, *, today: date) -> date | None:
    """The first day of a time that is named from today (`last week`, `since yesterday`), and by all of these words."""
    meanings = [meaning for meaning, _ in known.times.read(words) if meaning != ""]
    if len(meanings) == 1 and meanings[0] in _YEARS_BACK:
        return date(max(today.year - _YEARS_BACK[meanings[0]], 1), 1, 1)
    if len(meanings) != 1 or meanings[0] not in _NAMED_SINCE:
        return None
    days = read_days(words, known, today=today)
    return days.first if isinstance(days, Days) else None


def _tokens(words: Sequence[str], known: DateWords, today: date) -> list[_Token] | None:
    """The words as numbers, days and meanings, without those that ask for nothing; None where one is unknown."""
    tokens: list[_Token] = []
    at = 0
    while at < len(words):
        phrase = next(known.times.starts(words, at), None)
        if phrase:
            size, meaning = phrase
            tokens += _meant(meaning)
            at += size
            continue
        read = _numeric(words[at], today) or _pieces(words[at], known)
        if read is None:
            return None
        tokens += read
        at += 1
    return tokens


def _meant(meaning: str) -> list[_Token]:
    name, _, number = meaning.partition(" ")
    if name == "number":
        return [_Number(int(number), len(number))]
    if name == "days":
        return [_Number(int(number), len(number)), "unit_day"]
    return [meaning] if meaning else []


def _numeric(word: str, today: date) -> list[_Token] | None:
    """A date in digits, or a link to the list of a day, week, or month."""
    if link := day_list_link(word):
        return [_linked(link, today)]
    if found := _YEAR_FIRST.fullmatch(word):
        return [_day(int(found[1]), int(found[3]), int(found[4]))]
    if found := _EIGHT_DIGITS.fullmatch(word):
        return [_day(int(found[1]), int(found[2]), int(found[3]))]
    if found := _YEAR_LAST.fullmatch(word):
        one, other = int(found[1]), int(found[3])
        day_first = found[2] == "." or one > 12  # dots are of countries that write the day first
        return [_day(int(found[4]), other, one) if day_first else _day(int(found[4]), one, other)]
    if found := _MONTH_AND_DAY.fullmatch(word):
        one, other = int(found[1]), int(found[2])
        return [_nearest_such(*((other, one) if one > 12 else (one, other)), today)]
    if found := _MONTH_DOT_DAY.fullmatch(word):
        return _with_dot(int(found[1]), int(found[2]), today)
    if found := _SHORT_YEAR.fullmatch(word):
        return _with_short_year(int(found[1]), int(found[3]), int(found[4]), today)
    if found := _WEEK_OF_YEAR.fullmatch(word):
        return [_week(int(found[1]), int(found[2]), today)]
    if found := _MONTH_OF_YEAR.fullmatch(word):
        return [_month(int(found[1]), int(found[2]), today)]
    return None


def _with_dot(one: int, other: int, today: date) -> list[_Token] | None:
    """`7.31`, `31.07`: the day, where only one reading of the numbers is a day; 3.11 is a version as well."""
    if min(one, other) > _MONTHS or max(one, other) <= _MONTHS:
        return None
    with suppress(_NoSuchDate):
        return [_nearest_such(min(one, other), max(one, other), today)]
    return None


def _with_short_year(one: int, two: int, three: int, today: date) -> list[_Token] | None:
    """`24.7.31`, `7/31/24`, `31/7/24`: the day, where only one reading of the numbers is a day that has been."""
    found = set()
    for year, month, day in ((one, two, three), (three, one, two), (three, two, one)):
        with suppress(ValueError):
            found.add(date(2000 + year, month, day))
    past = [day for day in found if day <= today]
    return [_Span(past[0], past[0])] if len(past) == 1 else None


def _linked(link: tuple[str, str], today: date) -> _Token:
    kind, value = link
    if kind == "latest":
        return "latest"
    found = _numeric(value.casefold(), today)
    if not found:
        raise _NoSuchDate
    return found[0]


def _pieces(word: str, known: DateWords) -> list[_Token] | None:
    """A word made of numbers and names of months, weekdays or units: `7월31일`, `31st`, `top5`, `31-jul-2024`."""
    pieces = _PIECE.findall(word)
    if "".join(pieces) != word:
        return None
    tokens: list[_Token] = []
    for piece in pieces:
        if piece in "-,./":
            continue
        digits = piece[: len(piece) - len(piece.lstrip("0123456789"))]
        letters = piece[len(digits) :]
        if digits:
            unit, letters = _unit(letters, known)
            tokens.append(_number(digits, unit))
            if not letters:
                continue
        meanings = _meanings(letters, known)
        if meanings is None:
            return None
        for meaning in meanings:
            tokens += _meant(meaning)
    return tokens


def _unit(letters: str, known: DateWords) -> tuple[str, str]:
    """The unit behind a number, and what follows it without a blank: 3일전, 5편만."""
    for end in range(len(letters), 0, -1):
        unit = known.suffixes.meaning([letters[:end]])
        if unit is not None and (end == len(letters) or known.times.meaning([letters[end:]]) is not None):
            return unit, letters[end:]
    return "", letters


def _number(digits: str, unit: str) -> _Number:
    """The number in digits; 24년 is the year 2024."""
    if unit == "year" and len(digits) == len("24"):
        digits = f"20{digits}"
    return _Number(int(digits[:9]), len(digits), unit)


def _meanings(letters: str, known: DateWords) -> list[str] | None:
    """The meaning of a word, or of a number of days and what follows it without a blank: 이틀전."""
    if (meaning := known.times.meaning([letters])) is not None:
        return [meaning]
    for end in range(1, len(letters)):
        days, after = known.times.meaning([letters[:end]]), known.times.meaning([letters[end:]])
        if days and after and days.startswith("days "):
            return [days, after]
    return None


def _read_tokens(tokens: Sequence[_Token], today: date) -> Days | None:
    days: list[_Span] = []
    top: int | None = None
    is_latest = False
    at = 0
    while at < len(tokens):
        read = _read_same_month(tokens[at:], days)
        read = read or next((read for reader in _READERS if (read := reader(tokens[at:], today))), None)
        if read is None:
            return None
        size, value = read
        if isinstance(value, int):
            if top is not None or value < 1:
                return None
            top = value
        elif value is None:
            is_latest = True
        else:
            days.append(value)
        at += size
    if len(days) > 2:
        return None
    if days:
        return Days(min(span.first for span in days), max(span.last for span in days), top)
    return Days(top=top) if is_latest or top else None


def _read_same_month(tokens: Sequence[_Token], days: Sequence[_Span]) -> _Read | None:
    """The second day of `6월 3일부터 5일까지`: of the month of the first, or of the next one."""
    match tokens:
        case [_Number(), "ago", *_]:
            return None
        case [_Number(day, 1 | 2, "day"), *_] if days and days[-1].first == days[-1].last and day > days[-1].last.day:
            first = days[-1].last
            return 1, _day(first.year, first.month, day)
        case [_Number(day, 1 | 2, "day"), *_] if days and days[-1].first == days[-1].last:
            next_month = days[-1].last.replace(day=1) + timedelta(_LONGEST_MONTH)
            return 1, _day(next_month.year, next_month.month, day)
        case _:
            return None


def _read_top(tokens: Sequence[_Token], today: date) -> _Read | None:
    """`top 5`, `best`, `5편`."""
    match tokens:
        case ["top" | "latest" | "last", _Number(value, 1 | 2 | 3, "" | "count"), *_]:
            return 2, value
        case [_Number(value, 1 | 2 | 3, ""), "top" | "latest", *_]:
            return 2, value
        case ["top", *_] | ["latest", *_]:
            return 1, None
        case [_Number(value, _, "count"), *_]:
            return 1, value
        case _:
            return None


def _read_date(tokens: Sequence[_Token], today: date) -> _Read | None:
    """`31 July 2024`, `July 31`, `July 2024`, `July`, `2024년 7월 31일`, `7월`, `31일`."""
    match tokens:
        case [_Number(year, 4, "" | "year"), _Number(month, 1 | 2, "" | "month"), _Number(day, 1 | 2, "" | "day"), *_]:
            return 3, _day(year, month, day)
        case [_Number(year, 4, "" | "year"), _Number(month, 1 | 2, "month"), *_]:
            return 2, _month(year, month, today)
        case [_Number(month, 1 | 2, "month"), _Number(day, 1 | 2, "" | "day"), *_]:
            return 2, _nearest_such(month, day, today)
        case [_Number(month, 1 | 2, "month"), *_]:
            return 1, _last_month(month, today)
        case [_Number(day, 1 | 2, "" | "day"), str(named), _Number(year, 4, "" | "year"), *_] if _of(named, "month"):
            return 3, _day(year, _of(named, "month"), day)
        case [_Number(day, 1 | 2, "" | "day"), str(named), *_] if _of(named, "month"):
            return 2, _nearest_such(_of(named, "month"), day, today)
        case [str(named), _Number(day, 1 | 2, "" | "day"), _Number(year, 4, "" | "year"), *_] if _of(named, "month"):
            return 3, _day(year, _of(named, "month"), day)
        case [str(named), _Number(day, 1 | 2, "" | "day"), *_] if _of(named, "month"):
            return 2, _nearest_such(_of(named, "month"), day, today)
        case [str(named), _Number(year, 4, "" | "year"), *_] if _of(named, "month"):
            return 2, _month(year, _of(named, "month"), today)
        case [_Number(year, 4, "" | "year"), str(named), *_] if _of(named, "month"):
            return 2, _month(year, _of(named, "month"), today)
        case [str(named), *_] if _of(named, "month"):
            return 1, _last_month(_of(named, "month"), today)
        case [_Number(day, 1 | 2, "day"), *_]:
            return 1, _last_day_of_month(day, today)
        case _:
            return None


def _read_span(tokens: Sequence[_Token], today: date) -> _Read | None:
    """A date in digits, `3 days ago`, `3일 전`, `last 3 days`, `최근 3일`, `last monday`, `week 31`."""
    match tokens:
        case [_Span() as span, *_]:
            return 1, span
        case [_Number(count, _, ""), str(unit), "ago", *_] if unit.startswith("unit_"):
            return 3, _ago(count, unit.removeprefix("unit_"), today)
        case [_Number(count, _, ("day" | "week" | "month") as unit), "ago", *_]:
            return 2, _ago(count, unit, today)
        case ["latest" | "top", *from_day] if "ago" in from_day[1:3]:  # papers from 3 days ago
            return 1, None
        case [str(unit), "ago", *_] if unit.startswith("unit_"):
            return 2, _ago(1, unit.removeprefix("unit_"), today)
        case ["last" | "latest", _Number(count, _, ""), str(unit), *_] if unit.startswith("unit_"):
            return 3, _past(count, unit.removeprefix("unit_"), today)
        case ["last" | "latest", _Number(count, _, ("day" | "week" | "month") as unit), *_]:
            return 2, _past(count, unit, today)
        case ["unit_week", _Number(week, 1 | 2, ""), _Number(year, 4, "" | "year"), *_]:
            return 3, _week(year, week, today)
        case [_Number(year, 4, "" | "year"), "unit_week", _Number(week, 1 | 2, ""), *_]:
            return 3, _week(year, week, today)
        case ["unit_week", _Number(week, 1 | 2, ""), *_]:
            return 2, _last_week_numbered(week, today)
        case ["this_week" | "last_week" | "next_week" as week, str(named), *_] if (number := _of(named, "weekday")) > 0:
            day = _weeks(week, today) + timedelta(number - 1)
            return 2, _Span(day, day)
        case ["last", str(named), *_] if (number := _of(named, "weekday")) > 0:
            return 2, _weekday(number - 1, today - timedelta(1))
        case [str(named), *_] if (number := _of(named, "weekday")) > 0:
            return 1, _weekday(number - 1, today)
        case [str(named), *_] if named in _NAMED:
            return 1, _NAMED[named](today)
        case ["last", *_]:
            return 1, None
        case _:
            return None


_READERS: tuple[Callable[[Sequence[_Token], date], _Read | None], ...] = (_read_span, _read_top, _read_date)


def _of(meaning: str, kind: str) -> int:
    """The number of a month or weekday that a word means, from 1; 0 where it means none."""
    name, _, number = meaning.partition(" ")
    return int(number) if name == kind and number else 0


def _day(year: int, month: int, day: int) -> _Span:
    try:
        found = date(year, month, day)
    except ValueError as error:
        raise _NoSuchDate from error
    return _Span(found, found)


def _month(year: int, month: int, today: date) -> _Span:
    first = _day(year, month, 1).first
    return _until_today(_Span(first, first.replace(day=monthrange(year, month)[1])), today)


def _week(year: int, week: int, today: date) -> _Span:
    try:
        monday = date.fromisocalendar(year, week, 1)
    except ValueError as error:
        raise _NoSuchDate from error
    return _week_from(monday, today)


def _week_from(monday: date, today: date) -> _Span:
    return _until_today(_Span(monday, monday + timedelta(_DAYS_OF_WEEK - 1)), today)


def _until_today(span: _Span, today: date) -> _Span:
    """A week or month as far as it has come; one that has not begun stays whole."""
    return replace(span, last=today) if span.first <= today < span.last else span


def _nearest_such(month: int, day: int, today: date) -> _Span:
    """The next such date within two weeks, or else the last one."""
    for year in (today.year, today.year + 1):
        with suppress(ValueError):
            found = date(year, month, day)
            if timedelta() < found - today <= timedelta(_COMING_DAYS):
                return _Span(found, found)
    return _last_such(month, day, today)


def _last_such(month: int, day: int, today: date) -> _Span:
    """The last such date that is not after today."""
    for year in range(today.year, max(today.year - _LEAP_CYCLE, 1) - 1, -1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today:
            return _Span(found, found)
    raise _NoSuchDate


def _last_month(month: int, today: date) -> _Span:
    first = _last_such(month, 1, today).first
    return _month(first.year, month, today)


def _last_day_of_month(day: int, today: date) -> _Span:
    if today.day < day <= min(today.day + _COMING_DAYS, monthrange(today.year, today.month)[1]):
        return _Span(today.replace(day=day), today.replace(day=day))
    first = today.replace(day=1)
    for _ in range(3):
        if day <= monthrange(first.year, first.month)[1]:
            found = first.replace(day=day) if day else None
            if found and found <= today:
                return _Span(found, found)
        first = (first - timedelta(1)).replace(day=1)
    raise _NoSuchDate


def _last_week_numbered(week: int, today: date) -> _Span:
    for year in range(today.year + 1, today.year - _LEAP_CYCLE, -1):
        try:
            found = _week(year, week, today)
        except (_NoSuchDate, OverflowError):
            continue
        if found.first <= today:
            return found
    raise _NoSuchDate


def _months_back(count: int, today: date) -> date:
    """The first day of a month, `count` months before this one."""
    months = today.year * 12 + today.month - 1 - count
    return _day(months // 12, months % 12 + 1, 1).first


def _ago(count: int, unit: str, today: date) -> _Span:
    if unit == "day":
        day = today - timedelta(count)
        return _Span(day, day)
    if unit == "week":
        return _week_from(_weeks("this_week", today) - timedelta(weeks=count), today)
    first = _months_back(count, today)
    return _month(first.year, first.month, today)


def _past(count: int, unit: str, today: date) -> _Span:
    if count < 1:
        raise _NoSuchDate
    days = {"day": 1, "week": _DAYS_OF_WEEK, "month": _DAYS_OF_MONTH}[unit]
    return _Span(today - timedelta(count * days - 1), today)


def _weeks(named: str, today: date) -> date:
    """The Monday of a week."""
    weeks = {"last_week": -1, "this_week": 0, "next_week": 1}[named]
    return today - timedelta(today.weekday()) + timedelta(weeks=weeks)


def _weekday(weekday: int, latest: date) -> _Span:
    day = latest - timedelta((latest.weekday() - weekday) % _DAYS_OF_WEEK)
    return _Span(day, day)


_NAMED: Mapping[str, Callable[[date], _Span]] = {
    "today": lambda today: _ago(0, "day", today),
    "yesterday": lambda today: _ago(1, "day", today),
    "day_before_yesterday": lambda today: _ago(2, "day", today),
    "tomorrow": lambda today: _ago(-1, "day", today),
    "this_week": lambda today: _ago(0, "week", today),
    "last_week": lambda today: _ago(1, "week", today),
    "next_week": lambda today: _ago(-1, "week", today),
    "this_month": lambda today: _ago(0, "month", today),
    "last_month": lambda today: _ago(1, "month", today),
    "past_week": lambda today: _past(1, "week", today),
    "past_month": lambda today: _past(1, "month", today),
}
