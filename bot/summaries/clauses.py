"""Sentences made shorter: what may go from their ends, so that what is left is still a sentence.

Words are only taken away: an opening such as "In this paper," and clauses at the end. What is left has a verb that says
what its subject does. The lists are of English words; in other languages a sentence is left as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.summaries.standing_alone import has_finite_verb

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_READ = 1_000  # characters of a sentence in which boundaries are looked for
_SHORTEST = 40  # characters that say something

_OPENING = re.compile(
    r"(?:here|(?:in|with|through|throughout) (?:this|our|the (?:present|current)) (?:[\w-]+ ){0,2}?"
    r"(?:papers?|works?|stud(?:y|ies)|articles?|reports?|surveys?|letters?|notes?|thesis|contribution)),? "
    r"(?=(?:we|it|the|an?) [a-z])",
    re.IGNORECASE,
)
# Where a sentence may end: what follows adds to it. Whatever comes before the first word is part of the boundary.
_DOES = (
    r"(?:(?:also|further|then|thus|thereby|therefore|empirically|theoretically|formally|experimentally|finally) )?"
    r"(?:shows?|demonstrates?|proves?|finds?|evaluates?|appl(?:y|ies)|provides?|analy[sz]es?|stud(?:y|ies)|validates?"
    r"|verif(?:y|ies)|discuss(?:es)?|illustrates?|compares?|establish(?:es)?|derives?|achieves?|outperforms?|improves?"
    r"|use|uses|obtains?|reports?|observes?|argues?|investigates?|explores?|propose|introduce|present|describe|develop"
    r"|reduces?|enables?|allows?|conducts?|tests?|offers?|reveals?|suggests?|confirms?|examines?)"
)
_BOUNDARY = re.compile(
    rf"""(?:
      ,?[ ](?:while|whereas|although|though|because|since|so[ ]that|such[ ]that|and[ ](?:we|it|they)\b
        |thereby|thus[ ][a-z]+ing|hence[ ][a-z]+ing)
    | ,[ ](?:which|who|whose|where|wherein|when|in[ ]which|for[ ]which|with[ ]which|by[ ]which|through[ ]which
        |even|especially|particularly|including|such[ ]as|e\.g\.|i\.e\.|namely|but|so|as[ ]well[ ]as|as|if|until|unlike
        |rather[ ]than|instead[ ]of|in[ ]contrast|compared|based|inspired|motivated|called|named|termed|without|with
        |using|via|through|by|[a-z]+ly[ ][a-z]+ing|[a-z]+ing)
    | ,?[ ]and[ ]{_DOES}
    | [ ]by[ ][a-z]+ing
    | ;|:[ ]|[ ]?[—–]|[ ]--?-?
    )(?![\w-])""",
    re.VERBOSE,
)
_OPEN_END = re.compile(
    r"(?:^|[ ])(?:of|in|on|at|to|for|from|by|with|as|than|that|which|and|or|but|the|an?|its|their|our|this|these|is"
    r"|are|was|were|be|been|has|have|can|may|such|both|either|neither|not|only|more|less|between|into|over|under|via"
    r"|e\.g|i\.e|called|named|following|follows|namely|including|whether|how|if|when|while|where|because)$",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(
    r"\b(?:not only|not just|not merely|either|whether or)\b(?!.*\b(?:but|or)\b)|\bboth\b(?!.*\band\b)"
    r"|\bbetween\b(?!.*\band\b)|\b(?:two|three|four|five|several|following) (?:[\w-]+ )?(?:contributions?|challenges?"
    r"|things|questions|ways|issues|problems|properties|observations|findings|steps|stages|aspects|results)$",
    re.IGNORECASE,
)
# A clause that has its own verb yet to come when a sentence is cut within it.
_OBJECT_CLAUSE = re.compile(
    r"\b(?:show|prov|demonstrat|find|found|argu|observ|reveal|suggest|indicat|conclud|claim|hypothesi[sz]|confirm"
    r"|establish|note|believe)\w* (?:that|how|why|whether|when|where|what)\b",
    re.IGNORECASE,
)
# A sentence that begins with a condition or a circumstance: its subject comes after the comma.
_CIRCUMSTANCE = re.compile(
    r"(?:while|although|though|when|if|because|since|as|given|by|to|in|on|for|with|without|under|using|based|unlike"
    r"|inspired|motivated|through|from|at|across|despite|after|during|beyond|among|building|leveraging|combining"
    r"|compared|instead|rather|via|over|like|[a-z]+ing|[a-z]+ed)\b",
    re.IGNORECASE,
)


def shortened(sentence: str) -> Iterator[str]:
    """The sentence without an opening such as "In this paper,", and then without more and more clauses at its end.

    Each is a sentence; only the first can be one as it stood, full stop and all. The work grows with the length of the
    sentence, whose boundaries are looked for in its first 1,000 characters.
    """
    opening = _OPENING.match(sentence)
    whole = sentence[opening.end() :] if opening else sentence
    whole = whole[:1].upper() + whole[1:]
    yield whole
    for boundary in reversed(list(_BOUNDARY.finditer(whole[:_LONGEST_READ]))):
        head = whole[: boundary.start()].rstrip(" ,;:–—-")
        if is_sentence(head):
            yield f"{head}."


def is_sentence(head: str) -> bool:
    """Whether the beginning of a sentence is one: it says something, has its verb, and leaves nothing open."""
    if len(head) < _SHORTEST or _OPEN_END.search(head) or _UNFINISHED.search(head) or not _is_balanced(head):
        return False
    clause = head
    if _CIRCUMSTANCE.match(head):
        _, comma, clause = head.partition(", ")
        if not comma:
            return False
    stated = [found.end() for found in _OBJECT_CLAUSE.finditer(clause)]
    return has_finite_verb(clause) and (not stated or has_finite_verb(clause[stated[-1] :]))


def _is_balanced(text: str) -> bool:
    return (
        text.count("(") == text.count(")")
        and text.count("[") == text.count("]")
        and text.count("“") == text.count("”")
        and text.count('"') % 2 == 0
        and text.count("$") % 2 == 0
    )
