"""A summary without a model: sentences of the abstract, word for word, under the heading each belongs to.

Abstracts are alike: what is known, what is new, how it works, how well. Each sentence is given one of these roles by the
words it uses, by its place, and by the role of the sentence before it; nothing is written that the abstract does not say.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.papers import Origin, Paper, ReadSource, Section, Summary
from bot.summaries.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


class Role(StrEnum):
    """What a sentence does in an abstract; BACKGROUND is also whatever no summary needs, such as a link to the code."""

    BACKGROUND = "B"
    NOVELTY = "N"
    METHOD = "M"
    RESULT = "R"


_SECTION_OF = {
    Role.NOVELTY: Section.WHATS_NEW,
    Role.METHOD: Section.TECHNICAL_DETAILS,
    Role.RESULT: Section.PERFORMANCE_HIGHLIGHTS,
}
_LONGEST_SECTION = 2  # sentences
_SHORTEST_ABSTRACT = 40  # characters, a Chinese, Japanese or Korean one counting for two

_WE = r"\b(?:we|this (?:[a-z]+ )?(?:paper|work|study|survey|report|article)|our (?:work|paper|study))"
_MORE = r"(?: (?:then|further|also|additionally|next|finally|first|therefore|thus|instead|here|systematically))?"
_BRING = (
    r" (?:introduc|propos|present|buil[dt]|creat|develop|unveil|put forward|formali[sz]|explor|stud[yi]|investigat|rethink"
    r"|revisit|ask whether|focus|offer|releas|argue|uncover)"
)

# What speaks for a role, how strongly, and the words that say so; each counts once in a sentence.
_CUES: tuple[tuple[Role, float, str], ...] = (
    (Role.BACKGROUND, 1.5, r"^(?:however|yet|nevertheless|despite|although|while|recent|meanwhile|as a result|typically|existing|prior|previous|traditional|current|such)\b"),
    (Role.BACKGROUND, 1.5, r"\b(?:existing|prior|previous|current|traditional|conventional|typical|recent|most) (?:[\w-]+ )?(?:\w*works?|methods?|approach\w*|models?|benchmarks?|techniques?|systems?|agents?|evaluations?|datasets?|\w*LLMs|\w*LMs|attempts|advanc\w+|progress|efforts)\b"),
    (Role.BACKGROUND, 1.5, r"\b(?:ha(?:ve|s) (?:\w+ )?(?:shown|emerged|achieved|become|revolutioni|made|advanced|attracted|gained|garnered|led|enabled|been|focused|demonstrated))"),
    (Role.BACKGROUND, 1.5, r"\bremains? (?:\w+ )*?(?:challeng|under-?explored|unexplored|limited|unclear|difficult|open|scarce|fragmented|dominated|inadequate|beyond|unsolved)"),
    (Role.BACKGROUND, 1, r"\b(?:challeng(?:e|es|ing)|suffers?|struggles?|fails?|lacks?|limit(?:s|ed|ing)|limitations?|insufficient|inadequate|bottlenecks?|neglect|overlook\w*|costly|prone to|difficult\w*|undesirable|hinder\w*|expensive|risks?)\b"),
    (Role.BACKGROUND, 1, r"\b(?:is|are) (?:a |an )?(?:\w+ )?(?:crucial|essential|critical|important|fundamental|pivotal|dominated|necessary|needed|promising|prevalent|key)\b"),
    (Role.BACKGROUND, 1, r"\b(?:often|typically|usually|commonly|widely|mostly|primarily|increasingly|rarely|must)\b"),
    (Role.BACKGROUND, 5, r"\b(?:code|codes|data|dataset|models?|weights|website|page|demo|checkpoints)\b.{0,50}\b(?:available|released|open[- ]sourced)\b|\bopen[- ]source (?:our|the|all)\b|\bwill (?:\w+ )?(?:release|be released)\b"),
    (Role.BACKGROUND, 5, r"^(?:project|home ?page|website|code|demo)\b.{0,30}(?:https?:|github|www)|^https?:\S+$|\bare releasing\b|\bpublicly (?:release|available)\b"),
    (Role.BACKGROUND, 4, r"\bwe (?:hope|believe|invite|envision)\b|\bbrings us closer\b|\btakes a (?:\w+ )?step\b|\bserves? as a (?:\w+ )?(?:resource|foundation)\b|\b(?:establishes a|is open to the|in the supplementary)\b"),
    (Role.NOVELTY, 4, _WE + _MORE + _BRING),
    (Role.NOVELTY, 1.5, r"\b(?:in this|this) (?:paper|work|study|report|survey)\b"),
    (Role.NOVELTY, 1, r"^(?:to (?:\w+ )?(?:address|tackle|bridge|fill|close|solve|remedy|overcome|mitigate|this end|answer|transcend)|in response|motivated by|inspired by|based on (?:this|these)|building on|accordingly)\b"),
    (Role.NOVELTY, 1, r"\b(?:novel|a new|the first|first to|first (?:\w+ ){0,3}(?:benchmark|framework|model|dataset))\b"),
    (Role.NOVELTY, 1, r"\ba (?:[\w,-]+ ){0,6}(?:framework|benchmark|method|model|system|paradigm|approach|architecture|algorithm|dataset|suite|family)\b(?: that| for| which| to| of| with|,)"),
    (Role.METHOD, 2, r"^(?:specifically|concretely|in particular|at its core|at the core|its|it|each|first|second|third|then|finally|together|given|when|additionally|furthermore|the (?:framework|model|method|architecture))\b"),
    (Role.METHOD, 1.5, r"\b(?:consists? of|compris\w+|contains?|composed of|built (?:on|upon|around|by)|based on|driven by|spanning|covering)\b"),
    (Role.METHOD, 1.5, r"\b(?:uses?|utili[sz]\w+|employ\w*|leverag\w+|incorporat\w+|adopts?|integrat\w+|combin\w+|decoupl\w+|decompos\w+|reconstructs?|maintains?|pairs?|separates?|treats?|learns?|constrain\w*|distill?s|aligns?|maps?)\b"),
    (Role.METHOD, 1, r"\b(?:modules?|stages?|components?|encoders?|decoders?|pipelines?|objectives?|mechanisms?|strateg\w+|tokens?|layers?|loss(?:es)?|rewards?|parameters|weights?|representations?|attention|training|inference)\b"),
    (Role.METHOD, 1.5, r"\b(?:we|our (?:\w+ ){1,2}) ?(?:\w+ )?(?:design|train|construct|collect|curat|formulat|decompos|use|employ|combine|implement|extend|apply|pretrain|fine-tune|redesign|instantiate|operationali|divide|model)"),
    (Role.METHOD, 1.5, r"\b(?:is|are) (?:\w+ )?(?:trained|computed|constructed|modeled|maintained|generated|selected|transformed|estimated|fused)\b"),
    (Role.METHOD, 1.5, r"^(?:unlike|rather than|instead of|by \w+ing|this (?:design|formulation|allows|enables|makes|modeling|hierarchical))\b"),
    (Role.METHOD, 3, r"\bwe (?:further|then) (?:introduce|propose|design|build|extend)|\bwe build an?\b"),
    (Role.METHOD, 3, r"^(?:first|second|third|finally|lastly|(?:.{0,40}, )?to (?:account|achieve|enable|enhance|facilitate|improve|resolve|support)\b.{0,80}), we\b"),
    (Role.RESULT, 2.5, r"\b(?:experiment\w*|findings|empirical\w*|extensive (?:evaluation|analys)\w*|our (?:evaluation|analys)\w*|ablations?|results)\b"),
    (Role.RESULT, 2, r"\b(?:(?:out|under)?perform(?:s|ing)?|outperformed|strong (?:\w+ )?(?:performance|results)|surpass\w*|state[- ]of[- ]the[- ]art (?:performance|results)|superior\w*|exceed\w*|competitive)\b"),
    (Role.RESULT, 1, r"\b(?:improv(?:es|ing|ed|ements?)|achiev(?:es?|ed|ing)|reach(?:es|ed)?|attains?|reduc(?:es|ing|tions?)|gains?|enhanc(?:es|ing)|match(?:es|ing))\b"),
    (Role.RESULT, 2, r"\d(?:\\?%|x\b|\s?(?:times|percent|points)\b)|\bby up to\b|[+-]\d+\.\d"),
    (Role.RESULT, 1.5, r"\b(?:shows?|showing|demonstrat(?:es?|ing)|we (?:\w+ )?(?:find|observe|show)|and find|reveals?|revealing|confirms?|suggests?|indicates?|highlights?|exposes?|uncover)\b"),
    (Role.RESULT, 1, r"\b(?:compared (?:to|with)|baselines?|better|faster|higher|lower|accuracy|scores?|speed-?ups?|benchmarks|performance|significantly|consistently|generali[sz]ation)\b"),
    (Role.RESULT, 1.5, r"^(?:across|on (?-i:[A-Z])|under (?:a|the) (?-i:\d|[A-Z])|evaluating|surprisingly|notabl[ey]|we (?:\w+ )?(?:evaluate|assess|test|compare|analy[sz]e)d?|for example)\b"),
    (Role.BACKGROUND, 2, r"하지만|그러나|기존|최근|한계|어려움|문제가|부족|공개(?:한다|합니다|되어)"),
    (Role.NOVELTY, 3.5, r"(?:본|이) (?:논문|연구)|제안(?:한다|합니다|하였다|했다)|소개(?:한다|합니다)|제시(?:한다|합니다)|새로운"),
    (Role.METHOD, 2, r"구체적으로|먼저|기반으로|학습(?:하|시|된)|구성|활용|사용하|결합|이용하|통해"),
    (Role.RESULT, 2.5, r"실험|결과|성능|달성|향상|우수|능가|\d배|정확도"),
)
_CUES_COMPILED = tuple((role, weight, re.compile(cue, re.IGNORECASE)) for role, weight, cue in _CUES)

_UNPROVEN = -1.5  # a result nobody speaks of

# How readily one role follows another: abstracts seldom turn back.
_START: Mapping[Role, float] = {Role.BACKGROUND: 1.5, Role.NOVELTY: 0.5, Role.METHOD: -2, Role.RESULT: -3}
_FOLLOWS: Mapping[Role, Mapping[Role, float]] = {
    Role.BACKGROUND: {Role.BACKGROUND: 1, Role.NOVELTY: 1, Role.METHOD: -1.5, Role.RESULT: -1},
    Role.NOVELTY: {Role.BACKGROUND: -1, Role.NOVELTY: -0.5, Role.METHOD: 1, Role.RESULT: 0},
    Role.METHOD: {Role.BACKGROUND: -1.5, Role.NOVELTY: -0.5, Role.METHOD: 1, Role.RESULT: 0.5},
    Role.RESULT: {Role.BACKGROUND: -0.5, Role.NOVELTY: -1.5, Role.METHOD: -0.5, Role.RESULT: 1.5},
}


def roles(sentences: Sequence[str]) -> tuple[Role, ...]:
    """The most likely role of each sentence of one abstract, all of them weighed together."""
    return _most_likely([_cue_scores(sentence) for sentence in sentences])


def _cue_scores(sentence: str) -> dict[Role, float]:
    scores = dict.fromkeys(Role, 0.0)
    for role, weight, cue in _CUES_COMPILED:
        if cue.search(sentence):
            scores[role] += weight
    if not scores[Role.RESULT]:
        scores[Role.RESULT] = _UNPROVEN
    return scores


def _most_likely(scores: Sequence[Mapping[Role, float]]) -> tuple[Role, ...]:
    paths: dict[Role, tuple[float, tuple[Role, ...]]] = {}
    for place, score in enumerate(scores):
        late = place / max(1, len(scores) - 1)
        expected = {Role.BACKGROUND: 1 - 2 * late, Role.NOVELTY: 0.0, Role.METHOD: 0.0, Role.RESULT: 2 * late - 1}
        paths = {
            role: max(
                (
                    (total + _FOLLOWS[before][role], path)
                    for before, (total, path) in paths.items()
                ),
                default=(_START[role], ()),
            )
            for role in Role
        }
        paths = {role: (total + score[role] + expected[role], (*path, role)) for role, (total, path) in paths.items()}
    return max(paths.values())[1] if paths else ()
