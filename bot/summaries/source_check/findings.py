"""What the gate holds against a summary, in words: for operators, for the model that is asked again, for the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.summaries.source_check.check import Offence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.summaries.source_check.check import Offender

_LEADS = {
    Offence.NAME: "names not in the source",
    Offence.TERM: "terms not in the source",
    Offence.PERSON: "persons not in the source",
    Offence.ADDRESS: "addresses not in the source",
    Offence.COMMAND: "says what no paper says",
    Offence.ACCUSATION: "accusations not in the source",
}


def faults(offenders: Sequence[Offender]) -> list[str]:
    """A phrase for each kind of offence, in the order of `Offence`."""
    told = (_told([each for each in offenders if each.offence is offence]) for offence in Offence)
    return [phrase for phrase in told if phrase]


def _told(offenders: Sequence[Offender]) -> str:
    if not offenders:
        return ""
    match offenders[0].offence:
        case Offence.TERMS:
            return "too little of it is in the source"
        case Offence.TOPIC:
            return "seems to be about another paper"
        case Offence.SCALE:
            return ", ".join(
                f"{each.text} is off by a factor of {10 ** abs(each.power):,} (source: {each.instead})"
                for each in offenders
            )
        case Offence.NUMBER:
            return "numbers not in the source: " + ", ".join(
                f"{each.text} (source: {each.instead})" if each.instead else each.text for each in offenders
            )
        case offence:
            return f"{_LEADS[offence]}: {', '.join(each.text for each in offenders)}"
