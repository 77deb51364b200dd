"""The role of each sentence in an abstract, by its words, its place, and its neighbors.

Abstracts have one order: what is known, what is new, how it works, how well. The words and weights below were chosen on
some fifty abstracts labeled by hand and judged by others, not looked at while choosing
(`tests/bot/summaries/labels.tsv`).
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Role(StrEnum):
    """The role of a sentence; BACKGROUND is also whatever no summary needs, such as a link to the code."""

    BACKGROUND = "B"
    NOVELTY = "N"
    METHOD = "M"
    RESULT = "R"


_BY_OTHERS = r"(?:existing|prior|previous|current|traditional|conventional|typical|recent|most)"
_WE = r"\b(?:we|this (?:[a-z]+ )?(?:paper|work|study|survey|report|article)|our (?:work|paper|study))"
_CODE = r"(?:(?:all|our|the|both) )*(?:source )?(?:codes?|data|models?|weights|checkpoints)\b"
_ALSO = r"(?: (?:then|further|also|additionally|next|finally|first|therefore|thus|instead|here|systematically))?"

# What speaks for a role, how strongly, and the words that say so; each counts once in a sentence.
_CUES: Mapping[Role, Sequence[tuple[float, str]]] = {
    Role.BACKGROUND: (
        (1.5, r"^(?:however|yet|nevertheless|despite|although|while|meanwhile|as a result|typically|such)\b"),
        (1.5, rf"^{_BY_OTHERS}\b"),
        (
            1.5,
            rf"\b{_BY_OTHERS} (?:[\w-]+ )?(?:\w*works?|methods?|approach\w*|models?|benchmarks?|techniques?"
            r"|systems?)\b",
        ),
        (
            1.5,
            rf"\b{_BY_OTHERS} (?:[\w-]+ )?(?:agents?|evaluations?|datasets?|\w*lms|attempts|advanc\w+|progress"
            r"|efforts)\b",
        ),
        (1.5, r"\bha(?:ve|s) (?:\w+ )?(?:shown|emerged|achieved|become|made|advanced|attracted|gained|garnered|led)\b"),
        (1.5, r"\bha(?:ve|s) (?:\w+ )?(?:enabled|been|focused|demonstrated|revolutioni[sz]ed)\b"),
        (1.5, r"\bremains? (?:\w+ ){0,3}(?:challeng|under-?explored|unexplored|unclear|unsolved|difficult|open)"),
        (1.5, r"\bremains? (?:\w+ ){0,3}(?:limited|scarce|fragmented|dominated|inadequate|beyond)\b"),
        (
            1,
            r"\b(?:challeng(?:e|es|ing)|suffers?|struggles?|fails?|lacks?|limit(?:s|ed|ing)|limitations?"
            r"|insufficient|inadequate|bottlenecks?|neglect|overlook\w*|costly|expensive|prone to|difficult\w*"
            r"|undesirable|hinder\w*|risks?)\b",
        ),
        (
            1,
            r"\b(?:is|are) (?:an? )?(?:\w+ )?(?:crucial|essential|critical|important|fundamental|pivotal|key"
            r"|dominated|necessary|needed|promising|prevalent)\b",
        ),
        (1, r"\b(?:often|typically|usually|commonly|widely|mostly|primarily|increasingly|rarely|must)\b"),
        (
            5,
            r"\b(?:codes?|data|datasets?|models?|weights|website|page|demo|checkpoints)\b.{0,50}\b(?:available"
            r"|released|open[- ]sourced|can be (?:found|accessed|downloaded))\b",
        ),
        (
            5,
            r"\bopen[- ]source (?:our|the|all)\b|\bwill (?:\w+ )?(?:be )?release\b|\bare releasing\b"
            rf"|\breleas(?:e|ed|ing) {_CODE}"
            r"|\bpublicly (?:release|available)\b",
        ),
        (
            5,
            r"^(?:project|home ?page|website|code|demo)\b.{0,30}(?:https?:|github|www)|^https?:\S+$"
            r"|^(?:see|visit|check out) (?:our|the)\b.*\bhttps?:"
            r"|\b(?:available|found|released) (?:at|on|in|via):?(?: [a-z]+){0,3}:? https?:"
            r"|\bwe call (?:on|for)\b|\bvaluable resource\b"
            r"|\bin the supplementary\b",
        ),
        (
            4,
            r"\bwe (?:hope|believe|invite|envision)\b|\bcloser to\b|\btakes a (?:\w+ )?step\b|\bestablishes a\b"
            r"|\bis open to the\b",
        ),
        (8, r"\b(?:has been|is|was) withdrawn\b"),
        (2, r"하지만|그러나|기존|최근|한계|어려움|문제가|부족|공개(?:한다|합니다|되어)"),
    ),
    Role.NOVELTY: (
        (
            4,
            rf"{_WE}{_ALSO} (?:introduc|propos|present|built|build|creat|develop|unveil|put forward|formali[sz]"
            rf"|offer|releas(?!\w+ {_CODE}))",
        ),
        (
            4,
            rf"{_WE}{_ALSO} (?:explor|stud[yi]|investigat|describ|rethink|revisit|ask whether|focus|argue|uncover|prove"
            r"|derive|consider)",
        ),
        (1.5, r"\b(?:in )?this (?:paper|work|study|report|survey)\b"),
        (
            1,
            r"^to (?:\w+ )?(?:address|tackle|bridge|fill|close|solve|remedy|overcome|mitigate|this end|answer"
            r"|transcend)\b",
        ),
        (1, r"^(?:in response|motivated by|inspired by|based on (?:this|these)|building on|accordingly)\b"),
        (1, r"\b(?:novel|a new|the first|first to)\b"),
        (
            1,
            r"\ban? (?:[\w,-]+ ){0,6}(?:framework|benchmark|method|model|system|paradigm|approach|architecture"
            r"|algorithm|dataset|suite|family)(?:,| (?:that|for|which|to|of|with)\b)",
        ),
        (
            3.5,
            r"(?:본|이) (?:논문|연구)|제안(?:한다|합니다|하였다|했다)|소개(?:한다|합니다)|제시(?:한다|합니다)|새로운",
        ),
    ),
    Role.METHOD: (
        (
            2,
            r"^(?:specifically|concretely|in particular|at (?:its|the) core|its?|each|first|second|third|then"
            r"|finally|together|given|when|additionally|furthermore|the (?:framework|model|method|architecture))\b",
        ),
        (
            1.5,
            r"\b(?:consists? of|compris\w+|contains?|composed of|built (?:on|upon|around|by)|based on|driven by"
            r"|spanning|covering)\b",
        ),
        (
            1.5,
            r"\b(?:uses?|utili[sz]\w+|employ\w*|leverag\w+|incorporat\w+|adopts?|integrat\w+|combin\w+|decoupl\w+"
            r"|decompos\w+|reconstructs?|maintains?|pairs?|separates?|treats?|learns?|constrain\w*|distill?s"
            r"|aligns?|maps?)\b",
        ),
        (
            1,
            r"\b(?:modules?|stages?|components?|encoders?|decoders?|pipelines?|objectives?|mechanisms?|strateg\w+"
            r"|tokens?|layers?|loss(?:es)?|rewards?|parameters|weights?|representations?|attention|training"
            r"|inference)\b",
        ),
        (
            1.5,
            r"\bwe (?:\w+ )?(?:design|train|construct|collect|curat|formulat|decompos|use|employ|combine|implement"
            r"|extend|apply|pretrain|fine-tune|redesign|instantiate|operationali|divide|model)",
        ),
        (
            1.5,
            r"\b(?:is|are) (?:\w+ )?(?:trained|computed|constructed|modeled|maintained|generated|selected"
            r"|transformed|fused)\b",
        ),
        (
            1.5,
            r"^(?:unlike|rather than|instead of|by \w+ing|this (?:design|formulation|allows|enables|makes"
            r"|modeling))\b",
        ),
        (3, r"\bwe (?:further|then) (?:introduce|propose|design|build|extend)|\bwe build an?\b"),
        (
            3,
            r"^(?:first|second|third|finally|lastly|to (?:account|achieve|enable|enhance|facilitate|improve|resolve"
            r"|support)\b.{0,80}), we\b",
        ),
        (2, r"구체적으로|먼저|기반으로|학습(?:하|시|된)|구성|활용|사용하|결합|이용하|통해"),
    ),
    Role.RESULT: (
        (
            2.5,
            r"\b(?:experiment\w*|findings|empirical\w*|extensive (?:evaluation|analys)\w*|our (?:evaluation"
            r"|analys)\w*|ablations?|results)\b",
        ),
        (
            2,
            r"\b(?:(?:out|under)?perform(?:s|ing)?|outperformed|surpass\w*|superior\w*|exceed\w*|competitive"
            r"|state[- ]of[- ]the[- ]art (?:performance|results)|strong (?:\w+ )?(?:performance|results))\b",
        ),
        (2, r"\d(?:\\?%|x\b|\s?(?:times|percent|points)\b)|\bby up to\b|[+-]\d+\.\d"),
        (
            1.5,
            r"\b(?:shows?|showing|demonstrat(?:es?|ing)|we (?:\w+ )?(?:find|observe)|and find|reveals?|revealing"
            r"|confirms?|suggests?|indicates?|highlights?|exposes?|uncover)\b",
        ),
        (
            1.5,
            r"^(?:across|on (?!the (?:other|one))|under (?:a|the)\b|evaluating|surprisingly|notabl[ey]"
            r"|for example)\b",
        ),
        (1.5, r"^we (?:\w+ )?(?:evaluate|assess|test|compare|analy[sz]e)d?\b"),
        (
            1,
            r"\b(?:improv(?:es|ing|ed|ements?)|achiev(?:es?|ed|ing)|reach(?:es|ed)?|attains?|reduc(?:es|ing|tions?)"
            r"|gains?|enhanc(?:es|ing)|match(?:es|ing))\b",
        ),
        (
            1,
            r"\b(?:compared (?:to|with)|baselines?|better|faster|higher|lower|accuracy|scores?|speed-?ups?"
            r"|benchmarks|performance|significantly|consistently|generali[sz]ation)\b",
        ),
        (2.5, r"실험|결과|성능|달성|향상|우수|능가|\d배|정확도"),
    ),
}
_COMPILED = [(role, weight, re.compile(words)) for role, cues in _CUES.items() for weight, words in cues]
_ASIDE = 5  # what a link to the code or a call on others weighs as background
_UNPROVEN = -1.5  # what a result weighs in a sentence that has no cue for one: better none than a wrong one

# How readily one role opens an abstract, and how readily one follows another: abstracts seldom turn back.
_OPENS: Mapping[Role, float] = {Role.BACKGROUND: 1.5, Role.NOVELTY: 0.5, Role.METHOD: -2, Role.RESULT: -3}
_FOLLOWS: Mapping[Role, Mapping[Role, float]] = {
    Role.BACKGROUND: {Role.BACKGROUND: 1, Role.NOVELTY: 1, Role.METHOD: -1.5, Role.RESULT: -1},
    Role.NOVELTY: {Role.BACKGROUND: -1, Role.NOVELTY: -0.5, Role.METHOD: 1, Role.RESULT: 0},
    Role.METHOD: {Role.BACKGROUND: -1.5, Role.NOVELTY: -0.5, Role.METHOD: 1, Role.RESULT: 0.5},
    Role.RESULT: {Role.BACKGROUND: -0.5, Role.NOVELTY: -1.5, Role.METHOD: -0.5, Role.RESULT: 1.5},
}


@lru_cache(maxsize=512)  # the same abstract is weighed for its extract and for its take-away
def is_aside(sentence: str) -> bool:
    """Whether a sentence says where something is found, or what others should do, rather than anything of the paper."""
    lower = sentence.lower()
    return any(
        role is Role.BACKGROUND and weight >= _ASIDE and words.search(lower) for role, weight, words in _COMPILED
    )


def weigh(sentence: str) -> Mapping[Role, float]:
    """The weight of a sentence's words for each role, whatever surrounds it; 0 where nothing speaks for a role."""
    weights = dict.fromkeys(Role, 0.0)
    lower = sentence.lower()
    for role, weight, words in _COMPILED:
        if words.search(lower):
            weights[role] += weight
    return MappingProxyType(weights)


def likeliest_roles(weighed: Sequence[Mapping[Role, float]]) -> tuple[Role, ...]:
    """The roles of an abstract's sentences, from what `weigh` says of each: the best sequence as a whole (Viterbi)."""
    totals = _OPENS
    steps: list[Mapping[Role, Role]] = []
    for place, weights in enumerate(weighed):
        lateness = 2 * place / max(1, len(weighed) - 1) - 1
        due = {
            Role.BACKGROUND: weights[Role.BACKGROUND] - lateness,
            Role.NOVELTY: weights[Role.NOVELTY],
            Role.METHOD: weights[Role.METHOD],
            Role.RESULT: (weights[Role.RESULT] or _UNPROVEN) + lateness,
        }
        if place:
            steps.append({role: _likeliest_before(role, totals) for role in Role})
            totals = {role: totals[before] + _FOLLOWS[before][role] for role, before in steps[-1].items()}
        totals = {role: total + due[role] for role, total in totals.items()}
    found = [max(totals, key=totals.__getitem__)] if weighed else []
    for step in reversed(steps):
        found.append(step[found[-1]])
    return tuple(reversed(found))


def _likeliest_before(role: Role, totals: Mapping[Role, float]) -> Role:
    return max(totals, key=lambda before: totals[before] + _FOLLOWS[before][role])
