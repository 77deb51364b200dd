"""The issues of a source check in words: for operators, for the model that rewrites the summary, and for the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.summaries.source_check.check import IssueKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.summaries.source_check.check import Issue

_LEADS = {
    IssueKind.NAME: "names not in the source",
    IssueKind.TERM: "terms not in the source",
    IssueKind.PERSON: "people not in the source",
    IssueKind.ADDRESS: "links and addresses not in the source",
    IssueKind.COMMAND: "instructions to readers",
    IssueKind.ACCUSATION: "accusations not in the source",
}


def describe_issues(issues: Sequence[Issue]) -> list[str]:
    """A phrase for each kind of issue, in the order of `IssueKind`."""
    phrases = (_phrase([each for each in issues if each.kind is kind]) for kind in IssueKind)
    return [phrase for phrase in phrases if phrase]


def _phrase(issues: Sequence[Issue]) -> str:
    if not issues:
        return ""
    match issues[0].kind:
        case IssueKind.TERMS:
            return "too few of its terms are in the source"
        case IssueKind.TOPIC:
            return "seems to be about another paper"
        case IssueKind.SCALE:
            return ", ".join(
                f"{each.text} is off by a factor of {10 ** abs(each.power):,} (source: {each.instead})"
                for each in issues
            )
        case IssueKind.NUMBER:
            return "numbers not in the source: " + ", ".join(
                f"{each.text} (source: {each.instead})" if each.instead else each.text for each in issues
            )
        case kind:
            return f"{_LEADS[kind]}: {', '.join(each.text for each in issues)}"
