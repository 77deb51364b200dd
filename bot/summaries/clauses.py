"""Sentences made shorter: what may go from their beginning and end, so that what is left is still a sentence.

Words are only taken away: an opening such as "In this paper," or "To fill this gap,", and clauses at the end. What is
left has a verb that says what its subject does. The lists are of English words, chosen while reading the take-aways of
some 500 abstracts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.summaries.standing_alone import has_finite_verb

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_BOUNDARY = 40  # characters
_SHORTEST = 45  # characters that say something

_WORK = (
    r"(?:papers?|works?|stud(?:y|ies)|articles?|reports?|surveys?|letters?|notes?|thesis|contribution|research|project)"
)
_WE = r"(?=we (?!need|require|must|should|would|can|cannot|have\b)[a-z])"
# What may go before the subject: where it is said, and, before what the authors do, how they came to it.
_OPENINGS = tuple(
    re.compile(words, re.IGNORECASE)
    for words in (
        r"(?:notably|remarkably|importantly|interestingly|crucially|all in all), ",
        rf"(?:here|(?:in|with|through|throughout) (?:this|our|the (?:present|current)) (?:[\w-]+ ){{0,2}}?{_WORK}),? "
        r"(?=(?:we|it|the|an?) [a-z])",
        r"(?:(?:in order )?to|towards?|motivated by|inspired by|driven by|guided by|based on|building (?:up)?on"
        r"|drawing (?:(?:up)?on|from)|leveraging|using|through|via|as|since|because|observing that|noting that"
        r"|recogni[sz]ing|by [a-z]+ing|unlike|rather than|instead of|in contrast to"
        r"|despite|while|although|though|as a first step towards?|in an (?:attempt|effort) to|with the (?:goal|aim) of"
        rf"|under the (?:key )?(?:observation|insight)) [^,;:]{{2,160}}, {_WE}",
    )
)
# What a sentence goes on to say: "…, and we propose X", "…; we show that Y", "We go beyond these limits and propose X".
_DO = (
    r"(?:propose|introduce|present|develop|describe|study|investigate|show|prove|demonstrate|find|argue|establish"
    r"|provide|derive|design|explore)\b"
)
_NEXT_STATEMENT = re.compile(
    r"(?:;|,? and|, so) (?:(?:thus|therefore|hence|then|thereby) )?"
    rf"(?=we (?:[a-z]+ly |then |also |thus |therefore )?{_DO})",
    re.IGNORECASE,
)
_NEXT_OF_OURS = re.compile(rf"we (?!{_DO})[^,;:]{{2,120}}?,? and (?=(?:[a-z]+ly )?{_DO})", re.IGNORECASE)
# What ties it to what stood before: "We therefore introduce …".
_HENCE = re.compile(r"We (?:first|then|thus|therefore|hence|accordingly|consequently|thereby) (?=[a-z]+ )")
_VERBS = (
    r"(?:shows?|demonstrates?|proves?|finds?|evaluates?|appl(?:y|ies)|provides?|analy[sz]es?|stud(?:y|ies)|validates?"
    r"|verif(?:y|ies)|discuss(?:es)?|illustrates?|compares?|establish(?:es)?|derives?|achieves?|outperforms?|improves?"
    r"|uses?|obtains?|reports?|observes?|argues?|investigates?|explores?|proposes?|introduces?|presents?|describes?"
    r"|develops?|reduces?|enables?|allows?|conducts?|tests?|offers?|reveals?|suggests?|confirms?|examines?|decomposes?"
    r"|incorporates?|paves?|process(?:es)?|learns?|trains?|helps?|makes?|generates?|predicts?|supports?|requires?|can|is"
    r"|are|has|have|leads?|yields?|builds?|designs?|constructs?|formulates?|extends?|adapts?|leverages?|employs?|adopts?"
    r"|optimizes?|integrates?|combines?|performs?|outlines?|identif(?:y|ies)|uncovers?|characterizes?|quantif(?:y|ies)"
    r"|releases?|collects?|curates?|instantiates?|merges?|mask)"
)
_TROUBLE = (
    r"to[ ](?:address|bridge|capture|close|fill|handle|meet|mitigate|overcome|remedy|resolve|solve|study|tackle"
    r"|understand)[ ](?:this|these|those|that)"
)
_ADVERB = r"(?:(?:also|further|then|thus|thereby|therefore|even|[a-z]+ly)[ ])?"
# Where a sentence may end, as what follows only adds to it …
_LOOSE = re.compile(
    rf"""(?:
      ,[ ](?:{_TROUBLE}
        |which|that|who|whose|where|wherein|when|(?:in|for|with|by|through|of|on)[ ](?:which|whom)|while|whereas
        |although|though|because|since|as[ ]well[ ]as|including|such[ ]as|even|especially|particularly|e\.g\.|i\.e\.|but
        |so|unlike|rather[ ]than|instead[ ]of|in[ ]contrast|compared|without|with|using|via|through|if|until|thereby
        |thus|hence|and[ ](?:we|it|they|this|that|thus|hence|thereby|therefore)|(?:by[ ]|[a-z]+ly[ ])?[a-z]{{2,}}ing
        |{_ADVERB}(?:[a-z]+ed|built|drawn)[ ](?:up)?(?:on|by|from|to|in|around|across|at|with|for|using|over))
    | ,?[ ]and[ ]{_ADVERB}{_VERBS}
    | [ ](?:while|whereas|although|though|because|so[ ]that|thereby|and[ ]we)
    | ;|:(?=[ ])|[ ]?—|[ ]–(?=[ ])|[ ]--?-?(?=[ ])|[ ]?---(?=[\w ])
    )(?![\w-])""",
    re.VERBOSE,
)
# … and where it may where it must, as what follows says which one is meant, how, or what for.
_TIGHT = re.compile(
    rf"""(?<!,)[ ](?:by[ ]{_ADVERB}[a-z]+ing|which|where|in[ ]which|when|such[ ]as|including|using|comprising|covering
      |spanning|consisting[ ]of|in[ ]order[ ]to
      |(?:motivated|inspired|obtained|designed|trained|driven|enabled|built|derived|guided|based|drawn|supported
        |followed|learned)[ ](?:up)?(?:on|by|from|to|for|with|over)
      |that(?=,?[ ](?:can|could|will|would|may|is|are|was|were|has|have|do|does|[a-z]+ly|[a-z]+s|we|it|they|given)\b)
      |(?<!able[ ])(?<!aim[ ])(?<!aims[ ])(?<!used[ ])(?<!need[ ]){_TROUBLE}
    )(?![\w-])""",
    re.VERBOSE,
)
_OPEN_END = re.compile(
    r"(?:^|[ ])(?:of|in|on|at|to|for|from|by|with|as|than|that|which|and|or|but|the|an?|its|their|our|this|these|is"
    r"|are|was|were|be|been|has|have|can|may|such|both|either|neither|not|only|more|less|between|into|over|under|via"
    r"|against|across|through|within|without|among|toward|towards|upon|about|during|after|before|per|like|onto"
    r"|called|named|termed|dubbed|following|follows|namely|including|whether|how|why|what|if|when|while|where|because"
    r"|there|e\.g|i\.e|et al|vs|[^\s]*[^\w\s)\]”\"%’'$.°²³+*-])$",
    re.IGNORECASE,
)
# What is announced and yet to come.
_ANNOUNCED = re.compile(
    r"\b(?:not only|not just|not merely|either|whether or)\b(?!.*\b(?:but|or)\b)|\bboth\b(?!.*\band\b)"
    r"|\bbetween\b(?!.*\band\b)|\b(?:so|such) (?:an? )?[a-z]+$"
    r"|\b(?:one|two|three|four|five|six|several|following|key|main|major|\d) (?:[\w-]+ ){0,2}(?:contributions?"
    r"|challenges?|things|questions?|ways?|issues?|problems?|properties|observations?|findings?|steps?|stages?|aspects?"
    r"|results?|reasons?|components?|parts?|phases?|types?|categories|limitations?|insights?|ideas?|factors?|roles?"
    r"|modules?|principles?)$"
    r"|\b(?:questions?|guarantees?|facts?|claims?|hypothes[ie]s|ideas?|evidence|insights?|assumptions?|observations?"
    r"|views?|conclusions?|conjectures?|intuitions?|notions?|beliefs?|sense|extent|degree|point|case|way|\\w+fold)$"
    r"|\((?:1|i|a)\)(?!.*\((?:2|ii|b)\))"
    r"|\b(?:that|which|and|but), (?:given|when|if|by|in|for|with|while|unlike|rather)\b",
    re.IGNORECASE,
)
_AFTER_CIRCUMSTANCE = re.compile(
    r", (?!(?:which|who|whose|where|when|and|or|such|including|e\.g\.|i\.e\.|[a-z]+ing)\b)"
)
_BEFORE_A_RELATIVE = re.compile(r"\b(?:that|how|why|whether) ([^,]*), (?:which|who|whose|where)\b")
_LISTING = re.compile(r"\b[a-z]+: ")
_NO_ITEM = re.compile(
    r"(?:and|or|but|we|it|which|where|who|whose|an?|the|to our|i\.e\.|e\.g\.|such as|including)\b|[A-Z]"
)
_FIRST_THING = re.compile(r"\b(?:an?|the) [^,]* (?:that|which) [^,]*, (?:an?|the) [^,]*$")
_MORE_THINGS = re.compile(r"[^.;]*, and (?:an?|the) ")
_SUBORDINATED = re.compile(
    r"\b(?:that|how|why|whether|what|which|who|where|when|because|if|while|although)\b", re.IGNORECASE
)
# A sentence that begins with a condition or a circumstance: its subject comes after the comma.
_CIRCUMSTANCE = re.compile(
    r"(?:while|although|though|when|if|because|since|as|given|by|to|in|on|for|with|without|under|using|based|unlike"
    r"|inspired|motivated|through|from|at|across|despite|after|during|beyond|among|instead|rather|via|over|like|until"
    r"|compared|[a-z]+ing(?= (?:the|an?|that|on|upon|to|by|this|our)\b))\b",
    re.IGNORECASE,
)


def without_opening(sentence: str) -> str:
    """The sentence without an opening that says where it is said, or how the authors came to what they do."""
    for opening in _OPENINGS:
        if found := opening.match(sentence):
            sentence = sentence[found.end() :]
    return _HENCE.sub("We ", sentence[:1].upper() + sentence[1:])


def statements(sentence: str) -> Iterator[str]:
    """A sentence as it is, then from each place where it goes on to say what the authors do."""
    yield sentence
    for found in _NEXT_STATEMENT.finditer(sentence):
        yield "W" + sentence[found.end() + 1 :]
    if ours := _NEXT_OF_OURS.match(sentence):
        yield f"We {sentence[ours.end() :]}"


def shortened(sentence: str, limit: int) -> Iterator[str]:
    """The forms of a sentence that take at most `limit` characters: as it is, then without clauses at its end.

    First go the clauses that only add something, then those that say which one is meant; of each kind as few as
    possible. Each form is a sentence, and ends in a full stop where it was shortened.
    """
    if len(sentence) <= limit:
        yield sentence
    for boundary in (_LOOSE, _TIGHT):
        for found in reversed(list(boundary.finditer(sentence[: limit + _LONGEST_BOUNDARY]))):
            head = sentence[: found.start()].rstrip(" ,;:–—-.")
            if len(head) < limit and is_sentence(head) and not _ends_within_a_list(head, found):
                yield f"{head}."


def is_sentence(head: str) -> bool:
    """Whether the beginning of a sentence is one: it says something, has its verb, and leaves nothing open."""
    if len(head) < _SHORTEST or _OPEN_END.search(head) or _ANNOUNCED.search(head) or not _is_balanced(head):
        return False
    clause = _main_clause(head)
    if clause is None or not all(says_something(stated[1]) for stated in _BEFORE_A_RELATIVE.finditer(clause)):
        return False
    parts = clause.rpartition("; ")[2]
    subordinated = [(found.start(), found.end()) for found in _SUBORDINATED.finditer(parts)]
    if not subordinated:
        return says_something(parts)
    start, end = subordinated[-1]
    return says_something(parts[:start]) and says_something(parts[end:])


def says_something(clause: str) -> bool:
    """Whether a clause has its verb, and not as its last word, which is a noun as easily."""
    return has_finite_verb(" " + clause.rpartition(" ")[0])


def _main_clause(head: str) -> str | None:
    """The clause after a condition or a circumstance; None where nothing follows."""
    if _CIRCUMSTANCE.match(head) is None:
        return head
    comma = _AFTER_CIRCUMSTANCE.search(head)
    return None if comma is None else head[comma.end() :]


def _ends_within_a_list(head: str, boundary: re.Match[str]) -> bool:
    """Whether what stands before a boundary is one of several things: "two roles: a writer", "collect data, train"."""
    introduced = _LISTING.search(head)
    if introduced:
        listed = head[introduced.end() :]
        if boundary.re is _TIGHT or boundary[0] == ";" or not (" and " in listed or says_something(listed)):
            return True
    _, comma, last = (_main_clause(head) or "").rpartition(", ")
    if not comma:
        return False
    if boundary[0].startswith(","):
        return _NO_ITEM.match(last) is None
    return _FIRST_THING.search(head) is not None and _MORE_THINGS.match(boundary.string, boundary.end()) is not None


def _is_balanced(text: str) -> bool:
    return (
        text.count("(") == text.count(")")
        and text.count("[") == text.count("]")
        and text.count("“") == text.count("”")
        and text.count('"') % 2 == 0
        and text.count("$") % 2 == 0
    )
