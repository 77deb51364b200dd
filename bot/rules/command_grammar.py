"""`/paper …` as it was typed, read as a command."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bot.rules.commands import (
    AskAbout,
    ChooseLanguage,
    CitePapers,
    ClearList,
    Command,
    DaysWanted,
    ExportList,
    ForgetMe,
    ImportPapers,
    NamePapers,
    NoSuchDate,
    NotePaper,
    OpenLinks,
    RemovePapers,
    SavePapers,
    SearchPapers,
    SetReminders,
    SetState,
    SetStateOfAll,
    SharePapers,
    ShowDays,
    ShowHelp,
    ShowLanguage,
    ShowList,
    ShowMyData,
    ShowMySettings,
    ShowPapers,
    ShowSettings,
    ShowStatus,
    ShowTeam,
    SuggestPapers,
    TagPapers,
    UndoRemoval,
)
from bot.rules.dates_in_words import Days, ImpossibleDate, first_day, read_days
from bot.rules.id_slips import find_id_slip, find_link_slip
from bot.rules.links import find_links
from bot.rules.list_filter import WHOLE_LIST, ListFilter
from bot.rules.list_requests import ListPart, read_list_part
from bot.rules.list_texts import split_tags
from bot.rules.papers import find_paper_refs, without_paper_refs
from bot.rules.phrases import PUNCTUATION, is_hangul, read_words
from bot.rules.reading_list import ReadingState
from bot.rules.written_words import read_written
from bot.text.clean import clean_text, shorten
from bot.text.languages import is_language, read_language_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, timedelta

    from bot.rules.dates_in_words import DateWords
    from bot.rules.papers import PaperRef
    from bot.rules.phrases import Phrases, Word
    from bot.rules.written_words import WritingWords

# What `/paper` is asked for by a word of its own, and what by a word beside the id of a paper; words of the catalogue
# in each language name them.
SUBCOMMANDS = ("list", "settings", "language", "help")


STATE_VERBS = {f"set_{state}": state for state in ReadingState}


PAPER_VERBS = ("save", "remove", "share", "cite", *STATE_VERBS)


# What is followed by words of the asker's own, beside the ID of a paper.
WRITING_VERBS = ("note", "tag", "untag")


LISTS_BY_STATE = {f"list_{state}": state for state in ReadingState}


# Requests about all papers of a list, by the key of the catalogue that lists them: those in these states, where no
# others are named, get this one.
BULK_REQUESTS = {
    "mark_all_done": (frozenset({ReadingState.TO_READ, ReadingState.READING}), ReadingState.DONE),
    "archive_all": (frozenset({ReadingState.TO_READ, ReadingState.READING, ReadingState.DONE}), ReadingState.ARCHIVED),
    "archive_done": (frozenset({ReadingState.DONE}), ReadingState.ARCHIVED),
}


WISHES = ("pause", "resume", "skip", "time", "subscribe", "unsubscribe", "follow", "mute")


@dataclass(frozen=True, slots=True)
class CommandWords:
    """The words of commands in every language Paperboy speaks.

    `requests` are what is asked for without a paper (`list`, `pause`, …), `searches` what a search begins with, or in
    Korean ends with: `search`, `find`, `author`. `beside` tells what words beside an ID mean: a verb, a language (`in
    ko`), or nothing. `asking` are words that ask politely and mean nothing else, `languages` the names that choose a
    language where they stand alone, `named_languages` all that it has names for, `negations` what says not to do
    something. `list_parts` are parts of a reading list, its orders, and pages; behind `searchable_lists` stand words to
    look for in it. `writing` is what goes with words of the asker's own. `fillers` are words of questions, what asks
    for papers of any kind (`recommend`, `good`), and what says nothing; `language_topics` are what a search has beside
    `language`. `suggested` are the words that a slip is looked up among, `author_filters` those before a colon in a
    search for authors.
    """

    requests: Phrases
    searches: Phrases
    beside: Phrases
    asking: Phrases
    languages: Phrases
    named_languages: Phrases
    questions: Phrases
    fillers: Phrases
    language_topics: Phrases
    list_parts: Phrases
    searchable_lists: Phrases
    writing: WritingWords
    negations: Phrases
    formats: Phrases
    dates: DateWords
    suggested: tuple[str, ...]
    author_filters: tuple[str, ...]


# Requests that are whole phrases, by the key of the catalogue that lists them.
PLAIN_REQUESTS: Mapping[str, Command] = {
    "settings": ShowSettings(),
    "status": ShowStatus(),
    "import": ImportPapers(),
    "undo": UndoRemoval(),
    "team": ShowTeam(),
    "my_data": ShowMyData(),
    "forget_me": ForgetMe(),
    "my_settings": ShowMySettings(),
    "reminders": SetReminders(),
    "reminders_on": SetReminders("on"),
    "reminders_off": SetReminders("off"),
    "reminders_snooze": SetReminders("snooze"),
}


_IN_LANGUAGE = "in "


_LONGEST_QUOTED = 60


_MOST_REQUEST_WORDS = 32


_MOST_SUGGESTED = 2


_MOST_TIME_WORDS = 4


_LETTERS_OF_A_CODE = 2


_OPEN_WISHES = frozenset({"subscribe", "unsubscribe", "follow", "mute"})  # whatever follows is what they are about


_DATED_WISHES = frozenset({"pause", "resume", "skip"})


# Korean letters that make no syllable (as NFKC writes them) say what a smile or a nod does: ㅋㅋ, ㅎㅎ, ㅇㅇ.
_LETTERS_ALONE = re.compile(r"[\u1100-\u11ff]+")


_HOUR = re.compile(
    r"(?:매일 )?(?:(?:오전|오후|아침|저녁|밤|새벽) ?)?\d{1,2}시(?: ?(?:\d{1,2}분|반))?(?:에|으로|로|쯤)?"
    r"|(?:at )?\d{1,2}(?::\d\d(?: ?[ap]m)?| ?[ap]m)",
    re.ASCII,
)


def parse_command(text: str, known: CommandWords, *, today: date) -> Command:
    """The command in what was typed after `/paper`, or anywhere else, on the asker's day `today`.

    The first word is a subcommand only when the rest fits it, and `search` always searches; otherwise any ID or address
    in the text means those papers, a date or a word of time that day's digest, and an ID with a slip the papers that
    may be meant. All else is searched for.
    """
    typed = read_words(text)
    words = [word.bare for word in typed if word.bare]
    if not words:
        return ShowHelp(greeting=bool(typed))
    if (wanted := _searched(typed, words, known, "search")) is not None:
        return SearchPapers(_typed(wanted))
    if request := _read_request(words, known, today):
        return request
    if refs := find_paper_refs(text):
        return _command_in_own_words(text, known) or _command_about_papers(refs, typed, known)
    return _command_about_days(typed, words, known, today) or _command_without_papers(typed, words, known, today)


def parse_command_about_days(text: str, known: CommandWords, *, there: date, today: date) -> Command:
    """The command in what was typed about days by somebody whose day is `there`; `today` is the day in UTC.

    Lists are of days in UTC. Yesterday and a date are those of whoever asks. Where their own day has no list yet,
    today is the latest that may have one.
    """
    asked = parse_command(text, known, today=there)
    if there <= today or not isinstance(asked, ShowDays) or asked.days.last != there:
        return asked
    earlier = parse_command(text, known, today=today)
    is_counted_from_today = (
        isinstance(earlier, ShowDays) and earlier.days.last == today and _length(earlier.days) == _length(asked.days)
    )
    return earlier if is_counted_from_today else asked


def _length(days: DaysWanted) -> timedelta | None:
    return days.last - days.first if days.first and days.last else None


def could_be_about_a_paper(text: str, known: CommandWords) -> bool:
    """Whether a text that asks for help asks about a paper where one is in view: `how does it work?`"""
    words = [word.bare for word in read_words(text) if word.bare]
    return any(meaning == "help_without_paper" for meaning, _ in known.requests.read(words[:_MOST_REQUEST_WORDS]))


def sets_a_state(text: str, known: CommandWords) -> bool:
    """Whether a text without the ID of a paper says what a person does with one: `unread`, `읽는 중`."""
    words = [word.bare for word in read_words(text) if word.bare]
    if len(words) > _MOST_REQUEST_WORDS:
        return False
    return any(known.beside.meaning(core) in STATE_VERBS for core in _without_asking(words, known))


def asks_to_search(text: str, known: CommandWords) -> bool:
    """Whether a text says that something is to be searched for: by `search`, `find`, `papers by`."""
    typed = read_words(text)
    words = [word.bare for word in typed if word.bare]
    return any(_searched(typed, words, known, way) is not None for way in ("search", "find", "author"))


def _command_about_days(typed: Sequence[Word], words: list[str], known: CommandWords, today: date) -> Command | None:
    words, language = _without_language(words, known)
    match read_days(words, known.dates, today=today):
        case Days(first, last, top):
            return ShowDays(DaysWanted(first, last, _as_typed(typed)), top, language=language)
        case ImpossibleDate():
            return NoSuchDate(_as_typed(typed))
        case _:
            return None


def _without_language(words: list[str], known: CommandWords) -> tuple[list[str], str | None]:
    """The words without the language they begin or end with, and its code."""
    for at, found in ((0, known.beside.starts(words)), (-1, known.beside.ends(words))):
        for size, meaning in found:
            if meaning.startswith(_IN_LANGUAGE):
                return words[size:] if at == 0 else words[:-size], meaning.removeprefix(_IN_LANGUAGE)
    return words, None


def _command_without_papers(typed: Sequence[Word], words: list[str], known: CommandWords, today: date) -> Command:
    """The command in links, verbs alone, slips, and whatever is searched for."""
    if links := find_links(typed):
        meant = find_link_slip(links[0], today=today) if len(links) == 1 else ()
        return SuggestPapers(meant, _quoted(links[0])) if meant else OpenLinks(links)
    read = known.beside.read(words)
    asked = [meaning for meaning, _ in read if meaning != ""]
    if len(asked) == 1 and asked[0] and not asked[0].startswith(_IN_LANGUAGE):
        return NamePapers(asked[0].partition(" ")[0])
    for alone in _without_asking(words, known):
        if verb := known.writing.verbs.meaning(alone):
            return NamePapers(verb)
    unread = {word for meaning, phrase in read if meaning is None for word in phrase.split()}
    slip = _typed(word for word in typed if word.bare in unread).strip(PUNCTUATION)
    if (slipped := find_id_slip(slip, today=today)) is not None:
        return SuggestPapers(slipped, _quoted(slip))
    if (name := _searched(typed, words, known, "author")) and (plain := _typed(name).replace('"', "")):
        return SearchPapers(f'{_author_filter(words, known)}:"{plain}"')
    wanted = _searched(typed, words, known, "find")
    if (
        wanted is None
        and any(meaning == "" for meaning, _ in read)
        and all((said or "").startswith(_IN_LANGUAGE) for said in asked)
    ):
        return NamePapers("")
    core = _without_fillers(typed if wanted is None else wanted, known)
    if core is None:
        return ShowDays(DaysWanted(words=_as_typed(typed)))
    query = _query(core, known, today)
    if wanted is not None:
        return SearchPapers(query)
    return SearchPapers(query, suggestion=_suggestion(words, known, today), no_language=_no_language(words, known))


def _without_fillers(typed: Sequence[Word], known: CommandWords) -> Sequence[Word] | None:
    """The words of a question without those at its ends that only ask; None where it asks for papers of any kind.

    What is no question stays as it is, unless there is nothing in it to search for.
    """
    words = [word.bare for word in typed if word.bare]
    if not 0 < len(words) <= _MOST_REQUEST_WORDS:
        return typed
    first, last, meant = 0, len(words), set()
    while size := next((size for size, _ in known.asking.ends(words[:last]) if is_hangul(words[last - 1])), 0):
        if size == last:
            break
        last -= size  # "is there", "show me": Korean asks at the end
    is_question = last < len(words) or _asks_for_papers(typed, words, known)
    typed = _before(typed, last) if last < len(words) else typed
    while first < last:
        if size := next((size for size, way in known.searches.starts(words, first) if way == "find" and size > 1), 0):
            first += size  # "what are good papers on": all that follows is what they are on
            break
        size, meaning = next(known.fillers.starts(words, first), (0, ""))
        if not size or meaning == "no_question":
            break
        meant.add(meaning)
        first += size
    else:
        return typed if meant.isdisjoint({"recommend", "praise"}) else None
    if not is_question:
        return typed
    if not size:
        while size := next((size for size, _ in known.fillers.ends(words[first:last])), 0):
            last -= size
    return _after(_before(typed, last), first)


def _asks_for_papers(typed: Sequence[Word], words: Sequence[str], known: CommandWords) -> bool:
    """Whether words that name no paper are a question, or recommending is asked for."""
    if _asks(typed, words, known):
        return True
    opening = {meaning for at in _after_asking(words, known) for _, meaning in known.fillers.starts(words, at)}
    return "recommend" in opening


def _no_language(words: Sequence[str], known: CommandWords) -> str | None:
    """The one word beside `language` that may have been meant as the name of one: `language klingon`.

    What is searched for is no name: `language models`.
    """
    for at in _after_asking(words, known):
        size = next((size for size, name in known.requests.starts(words, at) if name == "language"), 0)
        rest = words[at + size :]
        if size and len(rest) == 1 and not rest[0].endswith("s") and known.language_topics.meaning(rest) is None:
            return _quoted(rest[0])
    return None


def _author_filter(words: Sequence[str], known: CommandWords) -> str:
    """The filter of a search that looks in authors' names alone, in the language that was typed."""
    spoken = next((words[0] for _, way in known.searches.starts(words) if way == "author"), words[-1])
    return next((name for name in known.author_filters if is_hangul(name) == is_hangul(spoken)), "author")


def _query(typed: Sequence[Word], known: CommandWords, today: date) -> str:
    """The query in what is searched for; `diffusion last week` and `지난주 확산 모델` search since that week began."""
    words = [word.bare for word in typed if word.bare]
    if len(words) > _MOST_REQUEST_WORDS:
        return _typed(typed)
    for size in range(min(_MOST_TIME_WORDS, len(words) - 1), 0, -1):
        for part, rest in (
            (words[-size:], _before(typed, len(words) - size)),
            (words[:size], _after(typed, size)),
        ):
            if day := first_day(part, known.dates, today=today):
                return f"{_typed(rest)} since:{day}"
    return _typed(typed)


def _searched(typed: Sequence[Word], words: Sequence[str], known: CommandWords, way: str) -> Sequence[Word] | None:
    """The words that are searched for in this way, which Korean names at the end; None where nobody asks for it."""
    for at in _after_asking(words, known):
        size, found = next(known.searches.starts(words, at), (0, None))
        if found == way:
            return _after(typed, at + size)
    size, found = next(known.searches.ends(words), (0, None))
    if found == way and is_hangul(" ".join(words[-size:])):
        return _before(typed, len(words) - size)
    return None


def _after_asking(words: Sequence[str], known: CommandWords) -> Iterator[int]:
    """The places behind words that only ask, the beginning first."""
    at = 0
    while at < min(len(words), _MOST_REQUEST_WORDS):
        yield at
        size = next((size for size, _ in known.asking.starts(words, at)), 0)
        if not size:
            return
        at += size


def _read_request(words: list[str], known: CommandWords, today: date) -> Command | None:
    """The request that all the words are, but for those that only ask politely."""
    if len(words) > _MOST_REQUEST_WORDS:
        return None
    if _greets(words, known):
        return ShowHelp(greeting=True)
    for core in _without_asking(words, known):
        if language := known.languages.meaning(core):
            return ChooseLanguage(language)
        if _HOUR.fullmatch(hour := " ".join(core)):
            return ShowSettings("time", _quoted(hour))
        for size, name in known.requests.starts(core):
            if command := _fitting(name, core[:size], core[size:], known, today):
                return command
        for size, name in known.requests.ends(core):
            if is_hangul(" ".join(core[-size:])) and (
                command := _fitting(name, core[-size:], core[:-size], known, today)
            ):
                return command
    return None


def _greets(words: list[str], known: CommandWords) -> bool:
    """Whether the words greet or thank, and ask for nothing."""
    at, greets = 0, False
    while at < len(words):
        size = next((size for size, name in known.requests.starts(words, at) if name == "greeting"), 0)
        size = size or _LETTERS_ALONE.fullmatch(words[at]) is not None
        greets = greets or size > 0
        size = size or next((size for size, _ in known.asking.starts(words, at)), 0)
        if not size:
            return False
        at += size
    return greets or (known.asking.covers(words) and known.requests.meaning(words) is None)


def _without_asking(words: list[str], known: CommandWords) -> Iterator[list[str]]:
    """The words as they are, and then without those at either end that only ask."""
    first, last = 0, len(words)
    yield words
    while first < last and (size := next((size for size, _ in known.asking.starts(words[:last], first)), 0)):
        first += size
        yield words[first:]
    cut: list[int] = []
    while first < last and (size := next((size for size, _ in known.asking.ends(words[first:last])), 0)):
        last -= size
        cut.append(last)
        yield words[first:last]
    for end in cut if first else ():
        yield words[:end]


def _fitting(name: str, phrase: list[str], rest: list[str], known: CommandWords, today: date) -> Command | None:
    """The request, where the rest of the words fits it."""
    asked = [word for word in rest if known.asking.meaning([word]) is None]
    match name:
        case "list":
            return _list_request(phrase, _parts_asked(rest, known), known, today)
        case name if name in LISTS_BY_STATE:
            part = read_list_part(_parts_asked(rest, known), known.list_parts, takes_words=False)
            return ShowList(part.filter.with_state(LISTS_BY_STATE[name]), part.page or 1) if part else None
        case name if name in BULK_REQUESTS:
            part = read_list_part(_parts_asked(rest, known), known.list_parts, takes_words=False)
            states, state = BULK_REQUESTS[name]
            return SetStateOfAll(state, replace(part.filter, states=part.filter.states or states)) if part else None
        case "language":
            return _language_request(asked, known)
        case "export":
            return _export_request(_parts_asked(rest, known), known)
        case "time":
            has_digit = any(letter.isdigit() for word in rest for letter in word)
            fits = has_digit and len(rest) <= 4 if rest else len(phrase) > 1
            return ShowSettings("time", _quoted(" ".join(rest))) if fits else None
        case "help" | "help_without_paper":
            said = ([*phrase, *rest], [*rest, *phrase])
            is_verb = any(known.beside.meaning(words) in STATE_VERBS for words in said)  # "start reading"
            is_about = known.requests.covers(asked) or known.beside.covers(asked)
            return ShowHelp() if not asked or (is_about and not is_verb) else None
        case "mute" if not asked:  # nothing that keywords could leave out
            return ShowSettings("pause")
        case name if name in _OPEN_WISHES:
            return ShowSettings(name, _quoted(" ".join(asked)))
        case name if name in _DATED_WISHES:
            fits = not asked or isinstance(read_days(rest, known.dates, today=today), Days)
            return ShowSettings(name, _quoted(" ".join(rest))) if fits else None
        case "clear":
            return _clear_request(_parts_asked(rest, known), known)
        case _:
            return None if asked else PLAIN_REQUESTS.get(name)


def _parts_asked(words: list[str], known: CommandWords) -> list[str]:
    """The words without those that only ask, unless they are the names of parts of a list: `read`."""
    return [word for word in words if known.asking.meaning([word]) is None or known.list_parts.meaning([word])]


def _export_request(asked: list[str], known: CommandWords) -> Command | None:
    read = known.formats.read(asked)
    formats = [meaning for meaning, _ in read if meaning]
    rest = [word for meaning, phrase in read if not meaning for word in phrase.split()]
    kept = _without_list(rest, known, unless=known.list_parts)
    part = read_list_part(kept, known.list_parts, takes_words=bool(formats)) if kept else ListPart(WHOLE_LIST)
    if part is None or part.page or len(formats) > 1:
        return None
    return ExportList(formats[0] if formats else None, part.filter)


def _clear_request(asked: list[str], known: CommandWords) -> Command | None:
    """The whole list is cleared; a part of it that somebody wants to be rid of is shown instead."""
    kept = _without_list(asked, known, unless=known.list_parts)
    part = read_list_part(kept, known.list_parts, takes_words=False) if kept else ListPart(WHOLE_LIST)
    if part is None:
        return None
    is_whole = part.page is None and part.filter in (WHOLE_LIST, ListFilter(frozenset(ReadingState)))
    return ClearList() if is_whole else ShowList(part.filter, part.page or 1)


def _without_list(words: list[str], known: CommandWords, *, unless: Phrases | None = None) -> list[str]:
    """The words without those that name the reading list, and those that mean nothing unless they are these phrases."""
    return [
        word
        for meaning, phrase in known.requests.read(words)
        if meaning != "list"
        for word in phrase.split()
        if known.beside.meaning([word]) != "" or (unless and unless.meaning([word]))
    ]


def _list_request(phrase: list[str], rest: list[str], known: CommandWords, today: date) -> Command | None:
    """The part of the list that the words beside its name ask for: what is known of it, or words to look for in it."""
    if not rest:
        return ShowList()
    words = [*phrase, *rest]
    if size := next((size for size, way in known.searches.ends(rest) if way == "find" and is_hangul(rest[-1])), 0):
        rest = rest[:-size]
    takes_words = (
        known.searchable_lists.meaning(phrase) is not None
        and not any(size > len(phrase) for size, _ in known.searches.starts(words))
        and not any(is_hangul(" ".join(rest[-size:])) for size, _ in known.requests.ends(rest))
        and not known.requests.covers(rest)
        and not any("/" in word or find_paper_refs(word) for word in rest)
        and not read_days(words, known.dates, today=today)
    )
    part = read_list_part(rest, known.list_parts, takes_words=takes_words)
    return ShowList(part.filter, part.page or 1) if part else None


def _language_request(rest: list[str], known: CommandWords) -> Command | None:
    if not rest:
        return ShowLanguage()
    if code := known.named_languages.meaning(rest):
        return ChooseLanguage(code)
    code = read_language_code(rest[0]) if len(rest) == 1 else None
    if code and (len(code) == _LETTERS_OF_A_CODE or is_language(code)):  # `kr` is told to be none
        return ChooseLanguage(rest[0])
    return None


def _command_in_own_words(text: str, known: CommandWords) -> Command | None:
    """The command to keep what somebody writes beside the ID of a paper."""
    written = read_written(text, known.writing)
    if written is None:
        return None
    if written.verb == "note":
        return NotePaper(written.refs[0], written.words)
    return TagPapers(written.refs, split_tags(written.words), is_removal=written.verb == "untag")


def _command_about_papers(refs: tuple[PaperRef, ...], typed: Sequence[Word], known: CommandWords) -> Command:
    """The command in the phrases beside IDs, each with its meaning and its words.

    What comes first counts, so that "don't save" saves nothing; and what cannot be undone is only done where nothing is
    left that was not understood.
    """
    words = _words_beside_papers(typed)
    if len(refs) > 1:
        words = [word for word in words if known.writing.joining.meaning([word]) is None]
    found = [(meaning, phrase) for meaning, phrase in known.beside.read(words) if meaning != ""]
    if not found:
        return ShowPapers(refs)
    (meaning, _), *others = found
    left_over = _quoted(" ".join(phrase for _, phrase in others))
    verb, _, detail = (meaning or "").partition(" ")
    # Korean says "not" behind the verb. That of a state says it itself, and takes no word that isn't understood.
    if verb in PAPER_VERBS and verb not in STATE_VERBS and not known.negations.lacks(words):
        verb = ""
    said_all = {said for said, _ in found}
    if "remove" in said_all and said_all & {"save", "share"}:  # "remove it from what I saved" is no wish to save
        return ShowPapers(refs, _quoted(" ".join(phrase for _, phrase in found)))
    match verb:
        case "save":
            return SavePapers(refs, left_over)
        case "remove":
            return RemovePapers(refs, left_over)
        case "share" if not others:
            return SharePapers(refs)
        case "cite":
            formats = [said.partition(" ")[2] for said, _ in found if said and said.startswith("cite ")]
            unknown = [phrase for said, phrase in others if not (said or "").startswith("cite")]
            return CitePapers(refs, _quoted(" ".join(unknown)), formats[0] if formats else None)
        case "in" if not others:
            return ShowPapers(refs, language=detail)
        case _ if verb in STATE_VERBS and not others:
            return SetState(refs, STATE_VERBS[verb])
    if _asks(typed, words, known) and any(said is None for said, _ in found):
        return AskAbout(refs, _question(typed, known))
    return ShowPapers(refs, _quoted(" ".join(phrase for _, phrase in found)))


def _asks(typed: Sequence[Word], words: Sequence[str], known: CommandWords) -> bool:
    """Whether the words beside IDs are a question: by its mark, by its first word, or by any that asks in Korean."""
    if any("?" in word.typed and not find_paper_refs(word.typed) for word in typed) or typed[-1].typed.endswith("?"):
        return True
    read = known.questions.read(words)
    return read[0][0] == "question" or any(said == "question" and is_hangul(phrase) for said, phrase in read)


def _question(typed: Sequence[Word], known: CommandWords) -> str:
    """The question as it was typed, without IDs, the particles of IDs, and addresses."""
    words = (_beside_ref(word.typed, known) if find_paper_refs(word.typed) else word.typed for word in typed)
    kept = ("" if "/" in word or not any(letter.isalnum() for letter in word) else word for word in words)
    return clean_text(" ".join(kept))


def _beside_ref(word: str, known: CommandWords) -> str:
    """The rest of a word without the ID in it; nothing where that is a particle: 2407.21017의."""
    rest = without_paper_refs(word)
    return "" if rest.strip() in known.beside.endings.particles else rest


def _words_beside_papers(typed: Iterable[Word]) -> list[str]:
    """The words that belong to no id and no address of a paper, without punctuation around them."""
    words: list[str] = []
    for word in typed:
        if not find_paper_refs(word.typed):
            words.append(word.bare)
        elif "/" not in unquote(word.typed):
            words += (bare.bare for bare in read_words(without_paper_refs(word.typed)))
    return [word for word in words if word]


def _suggestion(words: list[str], known: CommandWords, today: date) -> str | None:
    """The word of a command that the first word is a slip away from, where the rest fits that command."""
    if len(words) > _MOST_SUGGESTED:
        return None
    near = _one_edit_away(words[0], known.suggested)
    meant = [near, *words[1:]] if near else []
    if near and (_read_request(meant, known, today) or read_days(meant, known.dates, today=today)):
        return near
    return None


def _after(typed: Sequence[Word], count: int) -> Sequence[Word]:
    """The words behind so many that have letters."""
    return typed[_place_behind(typed, count) :]


def _before(typed: Sequence[Word], count: int) -> Sequence[Word]:
    """The words up to so many that have letters."""
    return typed[: _place_behind(typed, count)]


def _place_behind(typed: Sequence[Word], count: int) -> int:
    at = 0
    while count:
        count -= bool(typed[at].bare)
        at += 1
    return at


def _typed(words: Iterable[Word]) -> str:
    return " ".join(word.typed for word in words)


def _as_typed(words: Iterable[Word]) -> str:
    return _quoted(_typed(words))


def _quoted(text: str) -> str:
    return shorten(text, _LONGEST_QUOTED)


def _one_edit_away(word: str, subcommands: Iterable[str]) -> str | None:
    """The subcommand a word may have meant: one letter too many, missing, wrong, or two in the wrong order.

    Compared by letters: a Korean syllable is made of several, and one that is missing is one slip.
    """
    near = {unicodedata.normalize("NFD", name): name for name in subcommands}
    if word in near.values():
        return word
    typed = unicodedata.normalize("NFD", word)
    for letters, name in near.items():
        if _is_one_edit(typed, letters) or (is_hangul(name) and _lacks_a_syllable(word, name)):
            return name
    return None


def _is_one_edit(typed: str, meant: str) -> bool:
    """Whether one letter more, less, other or exchanged with its neighbor makes the one of the other."""
    if abs(len(typed) - len(meant)) > 1:
        return False
    same = next((at for at, (one, other) in enumerate(zip(typed, meant, strict=False)) if one != other), None)
    if same is None:
        return len(typed) != len(meant)
    after, following = typed[same:], meant[same:]
    return (
        after[1:] == following[1:]
        or after[1:] == following
        or after == following[1:]
        or (after[:2] == following[:2][::-1] and after[2:] == following[2:])
    )


def _lacks_a_syllable(word: str, name: str) -> bool:
    return any(word == name[:at] + name[at + 1 :] for at in range(len(name))) and len(word) > 1
