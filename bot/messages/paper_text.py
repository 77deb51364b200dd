"""A paper's title, authors and texts as messages show them: readable, isolated and short."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from html import escape
from itertools import accumulate, islice
from typing import TYPE_CHECKING

from bot.rules.papers import LONGEST_TAKEAWAY
from bot.text.accents import with_accents
from bot.text.clean import isolated, shorten
from bot.text.readable import readable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.rules.paper_news import PaperNews
    from bot.rules.papers import Paper, Takeaway
    from bot.templating.catalogues import Catalogue

# Lengths in characters.
_TITLE = 200
TITLE_IN_SENTENCE = 120
NAME_LENGTH = 60
NAMED_IN_TEXT = 3
_TITLE_IN_TEXT = 120
OPTION_TITLE = 64
_ORGANIZATION = 60
_TOPIC = 40
_TOPICS = 2
_TOPICS_READ = 10
NO_BREAK = "\u00a0"


@dataclass(frozen=True, slots=True)
class NumberedPaper:
    """A paper of a list in a message; `option` is what a menu calls it."""

    number: int
    id: str
    url: str
    title: str
    takeaway: str
    facts: str
    option: str

    @classmethod
    def of(cls, number: int, paper: Paper, takeaway: Takeaway | None, facts: str) -> NumberedPaper:
        """The paper under its number, with what it says in a sentence, where that is known."""
        return cls(
            number,
            paper.id,
            paper.url,
            format_title(paper),
            shorten_readable(takeaway.text, LONGEST_TAKEAWAY) if takeaway else "",
            facts,
            f"{number}. {format_title(paper, OPTION_TITLE)}",
        )


@dataclass(frozen=True, slots=True)
class NamedPaper:
    """A paper as a sentence names it: its ids, address and title."""

    id: str
    version_id: str
    url: str
    title: str

    @classmethod
    def of(cls, paper: Paper) -> NamedPaper:
        """The paper with its title made readable and short."""
        return cls(paper.id, format_version_id(paper.id, paper.arxiv_version), paper.url, format_title(paper))


def format_title(paper: Paper, limit: int = _TITLE) -> str:
    """The title in `limit` characters; the id of a paper without one."""
    title = with_accents(readable(paper.title), readable(paper.abstract))
    return isolated(shorten(title, limit)) or paper.id


def format_authors(paper: Paper, how_many: int) -> str:
    """The names of the first authors."""
    return ", ".join(shorten_readable(name, NAME_LENGTH) for name in paper.authors[:how_many])


def format_some_authors(paper: Paper, how_many: int, words: Catalogue) -> str:
    """The names of the first authors, and how many more there are."""
    names, more = format_authors(paper, how_many), len(paper.authors) - how_many
    return words.t("card.authors_more", names=names, count=more) if more > 0 else names


def format_upvotes(votes: int) -> str:
    """A number of upvotes behind its sign."""
    return f"▲{NO_BREAK}{votes:,}"


def feed_facts(paper: Paper, comments: int) -> list[str]:
    """Facts from the feed other than upvotes, one text each: organization, stars, comments, topics.

    What is not known is left out, and so are topics that the title names: it stands above them.
    """
    facts = (
        shorten_readable(paper.organization or "", _ORGANIZATION),
        f"★{NO_BREAK}{paper.code_stars:,}" if paper.code_stars else "",
        f"💬{NO_BREAK}{comments:,}" if comments > 1 else "",  # whoever submits a paper leaves one
        ", ".join([topic for topic in format_topics(paper, _TOPICS_READ) if not _is_in_title(topic, paper)][:_TOPICS]),
    )
    return [fact for fact in facts if fact]


def news_facts(news: Iterable[PaperNews], words: Catalogue) -> list[str]:
    """The news of a paper since somebody saved it, the gravest first, a few words each."""
    return [unbroken(words.t(f"news_fact.{each.kind}", version=str(each.version or ""))) for each in news]


def sentence_origin(origin: str, language: str, words: Catalogue, wanted: str) -> str:
    """The origin of a take-away in words, with the code's `language` where that isn't the `wanted` one."""
    name = words.t(f"sentence_from.{origin}")
    if language == wanted:
        return name
    return words.t("header.from_language", origin=name, language=words.language_name(language))


def unbroken(text: str) -> str:
    """The text without a place where a line may break."""
    return text.replace(" ", NO_BREAK)


def in_one_line(facts: Iterable[str]) -> str:
    """Facts beside each other, those that are there; where the line breaks, the dot stays with the fact before it."""
    return f"{NO_BREAK}· ".join(filter(None, facts))


def format_topics(paper: Paper, how_many: int) -> list[str]:
    """The first of the paper's keywords."""
    topics = (shorten_readable(topic, _TOPIC) for topic in paper.keywords[:how_many])
    return [topic for topic in topics if topic]


def _is_in_title(topic: str, paper: Paper) -> bool:
    return topic.casefold() in readable(paper.title).casefold()


def format_version_id(paper_id: str, version: int | None) -> str:
    """An arXiv id with its version, as in `2407.21017v2`."""
    return paper_id if version is None else f"{paper_id}v{version}"


def first_titles(titles: Iterable[str]) -> list[str]:
    """The titles that the text of a notification names, which stay short when `&`, `<` and `>` are escaped there."""
    return [_shorten_to_be_escaped(title, _TITLE_IN_TEXT) for title in islice(titles, NAMED_IN_TEXT)]


def _shorten_to_be_escaped(text: str, limit: int) -> str:
    """Text that takes `limit` characters at most where it is escaped."""
    lengths = list(accumulate(len(escape(letter, quote=False)) for letter in text))
    if not lengths or lengths[-1] <= limit:
        return text
    # As many as leave one for the ellipsis.
    return shorten(text, min(bisect_left(lengths, limit) + 1, len(text) - 1))


def shorten_readable(text: str, limit: int) -> str:
    """Text from outside in `limit` characters, without LaTeX and control characters, its direction isolated."""
    return isolated(shorten(readable(text), limit))
