"""The source check: does a summary state only what its source does?

Whatever a summary names – numbers, terms, people, links – must occur in the source, which is exactly the text the model
was given, and the whole must fit it better than other papers. This finds inventions; it cannot find a true number in a
false relation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.summaries.source_check.addresses import unknown_accusations, unknown_addresses, unknown_commands
from bot.summaries.source_check.languages import language_of_summary
from bot.summaries.source_check.names import check_words
from bot.summaries.source_check.persons import unknown_persons
from bot.summaries.source_check.plain_text import plain
from bot.summaries.source_check.quantities import wrong_numbers
from bot.summaries.source_check.relevance import fit
from bot.summaries.source_check.source import read_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.summaries.source_check.names import CheckedWords


class IssueKind(StrEnum):
    """The kinds of issues in a summary: in something it states, in how much of it is known, or in its subject.

    SCALE is a NUMBER off by a power of ten; a TERM alone is harmless, TERMS are too many; a COMMAND speaks to the
    reader or about the writer instead of the paper; an ACCUSATION is grave, such as `retracted`.
    """

    SCALE = "scale"
    NUMBER = "number"
    NAME = "name"
    TERM = "term"
    PERSON = "person"
    ADDRESS = "address"
    COMMAND = "command"
    ACCUSATION = "accusation"
    TERMS = "terms"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Issue:
    """Something the source does not support, as the summary writes it, and what the source has `instead`, if known.

    `power` is the power of ten by which a number of the wrong scale would have to be multiplied.
    """

    kind: IssueKind
    text: str
    instead: str = ""
    power: int = 0


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of a check: its issues, and `support`, the share of the summary's terms that the source has.

    `support` is None for a summary without terms. Single unknown terms beside many known ones are issues, but harmless.
    """

    issues: tuple[Issue, ...]
    support: float | None

    @property
    def passes(self) -> bool:
        """Whether the summary may be shown."""
        return not any(issue.kind is not IssueKind.TERM for issue in self.issues)


# The least share of a summary's terms that the source must have, once there are some.
_LEAST_SUPPORT = 0.6
_FEW_TERMS = 3


def check_summary(texts: Sequence[str], source: str) -> CheckResult:
    """Compare the sections of a summary with its source."""
    summary, read = plain("\n".join(texts)), read_source(source)
    language = language_of_summary(summary)
    words = check_words(summary, read, language)
    issues = [
        *(Issue(IssueKind.ADDRESS, address) for address in unknown_addresses(summary, read.text)),
        *(Issue(IssueKind.COMMAND, command) for command in unknown_commands(summary, read.text)),
        *(Issue(IssueKind.ACCUSATION, each) for each in unknown_accusations(summary, read.text)),
        *(
            Issue(IssueKind.SCALE if each.power else IssueKind.NUMBER, each.text, each.instead, each.power)
            for each in wrong_numbers(summary, read, language)
        ),
        *(Issue(IssueKind.NAME, name) for name in words.unknown_names),
        *(Issue(IssueKind.PERSON, name) for name in unknown_persons(summary, read, language)),
    ]
    fitting = fit(summary, read, language)
    if fitting and fitting.is_better_elsewhere:
        issues.append(Issue(IssueKind.TOPIC, f"{fitting.share:.2f}"))
    if fitting and fitting.is_too_little:
        issues.append(Issue(IssueKind.TERMS, f"{fitting.share:.2f}"))
    elif words.support is not None and _is_too_little(words.support, words):
        issues.append(Issue(IssueKind.TERMS, f"{words.support:.2f}"))
    issues += [Issue(IssueKind.TERM, term) for term in words.unknown_terms]
    return CheckResult(tuple(dict.fromkeys(issues)), words.support)


def _is_too_little(support: float, words: CheckedWords) -> bool:
    return support < _LEAST_SUPPORT and len(words.unknown_terms) >= _FEW_TERMS
