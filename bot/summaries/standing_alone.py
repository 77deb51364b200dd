"""Sentences taken out of a text: which can be read without those before them, and how to trim one so that it can.

Only words at the beginning of a sentence are ever removed, and only those that tie it to what stood before ("However,",
"To address this gap,"); conditions ("Based on this assumption,") are part of the statement and stay. The lists are of
English words, chosen on the openings of some 1,300 extracts; in other languages a sentence is left as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_PAPER = (
    r"(?:[\w-]+[ ]){0,2}(?:papers?|works?|stud(?:y|ies)|surveys?|reports?|articles?|thesis|reviews?|tutorial|note)\b"
)
_POINTER = rf"\b(?:(?:this|these|those|such(?![ ](?:as|that)\b))\b(?![ ]{_PAPER})|the[ ](?:above|aforementioned)\b)"
_TROUBLE = (
    r"(?:challenges?|issues?|problems?|gaps?|limitations?|questions?|bottlenecks?|premises?|notions?|claims?|insights?"
    r"|observations?|findings?|goals?|ends?|aims?|needs?|shortcomings?|drawbacks?|difficult(?:y|ies)|concerns?"
    r"|obstacles?|dilemmas?|voids?|objectives?|assumptions?|hypothes[ie]s|ideas?|trade-?offs?|deficienc(?:y|ies)"
    r"|weakness(?:es)?|requirements?|disparit(?:y|ies)|barriers?|phenomen(?:on|a)|tensions?|risks?|failures?|hurdles?"
    r"|dependenc(?:y|ies)|mismatch(?:es)?|discrepanc(?:y|ies)|inefficienc(?:y|ies)|constraints?|paradox)"
)
_BOTH = r"\bboth\b(?![ ](?:[\w-]+[ ]){1,6}?and\b)"
_OURS = (
    r"(?:approach|framework|method|model|benchmark|dataset|data|design|pipeline|technique|strategy|recipe|system|setup"
    r"|architecture|formulation|paradigm|tool|suite)s?"
)

# What may be taken from the beginning of a sentence. Each is bounded, and what follows must be a clause of its own.
_LINKS = (
    r"however|nevertheless|nonetheless|yet|instead|thus|therefore|hence|consequently|accordingly|as such"
    r"|as a (?:result|consequence)|conversely|(?:in|by) contrast|on the (?:other hand|contrary)|furthermore|further"
    r"|moreover|additionally|in addition|also|besides|meanwhile|similarly|likewise|(?:more )?(?:specifically|concretely"
    r"|precisely)|in particular|in detail|finally|lastly|last|then|next|subsequently|afterwards?|initially|ultimately"
    r"|overall|altogether|here|in turn|in response|in this (?:way|manner|vein|context|regard|respect|spirit)"
    r"|(?:in|by) doing so|to do so|(?:to|towards?) (?:this|that) (?:end|aim|goal)|to these ends|in summary|in short"
    r"|in other words|in light of this|together"
)
_COUNTED = r"first|firstly|second|secondly|third|thirdly|fourth|fourthly|fifth"
_LINK = re.compile(
    rf"""(?:{_LINKS.replace(" ", "[ ]")})(?:,[ ]|(?=[ ](?:we|our)\b)[ ])
    |(?:yet|but)[ ](?!another\b|for\b)
    |(?:{_COUNTED})(?:,[ ](?!(?:and|or|{_COUNTED}|last|finally)\b)|(?=[ ]we\b)[ ])""",
    re.IGNORECASE | re.VERBOSE,
)
# An example can be told as a fact where it is a figure.
_EXAMPLE = re.compile(
    r"(?:for (?:example|instance)|as an example), (?=.{0,300}?\d(?:\.\d|\\?%| ?(?:percent|points|times)\b|x\b))",
    re.IGNORECASE,
)
_ANY_EXAMPLE = re.compile(r"(?:for (?:example|instance)|as an example)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\(?(?:[1-9]|[ivx]{1,4}|[a-e])\) (?![^;]{0,600}[ (](?:[2-9]|i[iv]|vi*)\))", re.IGNORECASE)
_PURPOSE = re.compile(
    rf"""(?:in[ ]order[ ])?to[ ][^,;:]{{1,90}}?
    (?:{_POINTER}|{_BOTH}|\b(?:each|all|that)[ ]{_TROUBLE}|\bthe[ ]{_TROUBLE}(?=,))[^,;:]{{0,90}},[ ]
    |(?:in[ ]order[ ])?to[ ](?:[\w-]+[ ])?[\w-]+[ ](?:with[ ])?(?:it|them)\b[^,;:]{{0,90}},[ ]""",
    re.IGNORECASE | re.VERBOSE,
)
_MOTIVE = re.compile(
    rf"""(?:(?:motivated|inspired|guided|driven|informed|prompted|encouraged|enabled)[ ]by|based[ ]on
    |(?:building|built|drawing)[ ](?:up)?on|leveraging|following|in[ ](?:light|view)[ ]of|in[ ]response[ ]to|from
    |recogni[sz]ing|grounded[ ]in|stemming[ ]from|aiming[ ](?:to|at)|in[ ]contrast[ ]to|contrary[ ]to|unlike|beyond
    |instead[ ]of|rather[ ]than)
    [ ](?:(?:them|it)\b|[^,;:]{{0,90}}?(?:{_POINTER}|{_BOTH}|\bthat[ ]{_TROUBLE}))[^,;:]{{0,90}},[ ]
    |(?:using|with|through|via)[ ](?:this|these)[ ](?:[\w-]+[ ]){{0,2}}?{_OURS}\b[^,;:]{{0,60}},[ ]""",
    re.IGNORECASE | re.VERBOSE,
)
_CONDITION = re.compile(
    r"\b(?:assum|hypothes|condition|setting|regime|constraint|scenario|conjectur|simplif|approximat|ideali|oracle|premise"
    r"|restrict)",
    re.IGNORECASE,
)
# Of what others do, an opening says under which circumstances: "Guided by these prompts, GPT-4 solves …", "Beyond this
# limit, we observe …", "Initially, the loss is …". Of what the authors do, it only says how they came to it.
_CONTRAST = re.compile(r"(?:in contrast|contrary|unlike|instead|rather)\b", re.IGNORECASE)
_WITHIN = re.compile(r"\b(?:in|on|under|for|at|within|across|during|when)[ ](?:this|these|those|such)\b", re.IGNORECASE)
_OF_A_TIME = re.compile(
    r"(?:initially|afterwards?|in response|in turn|(?:in|by) doing so|to do so|in this (?:context|regard|respect)),",
    re.IGNORECASE,
)
_AUTHORS_DO = re.compile(
    r"(?:we|(?:our|this) (?:study|work|paper)) (?!(?:(?:[a-z]+ly|also|further|then|first) ){0,2}"
    r"(?:observe|see|find|notice|lose|fail|need|require|can|cannot|must|have)\b)[a-z]",
    re.IGNORECASE,
)
# What is needed for a purpose is not needed without it.
_NEEDS = re.compile(r"(?:[\w-]+ ){1,3}?(?:needs?|requires?|must|should|would|ha(?:s|ve) to|suffices?)\b", re.IGNORECASE)
# What may go from the end, where enough is left to say something: "We propose X, which does Y, to close this gap."
_PURPOSE_AT_END = re.compile(
    rf"""(?<![ ](?:able|aims|need|seek|used))(?<![ ](?:aimed|seeks|needs|order|tries|fails))(?<!designed)(?<!intended)
    (?<!developed)(?<!required)(?<!attempts),?[ ]to[ ](?:[a-z]+ly[ ]|further[ ]|better[ ])?
    (?:address|tackle|bridge|close|fill|overcome|mitigate|solve|resolve|remedy|alleviate)
    [ ](?:this|these|those|the[ ]above)[ ](?:[\w-]+[ ]){{0,2}}?{_TROUBLE}\.$""",
    re.VERBOSE,
)
_ENOUGH_LEFT = 80  # characters
_MOST_TRIMMED = 3  # openings of a sentence: "(2) However, to address this, we …"

# A clause of its own: who does something, or anything with a verb in it.
_VERB = r"(?:[a-z]+(?:s|ed)|is|are|was|were|has|have|can|could|may|might|will|would|does|do|must|should|cannot)"
_SUBJECT = re.compile(
    rf"""(?:we[ ][a-z]|(?i:this|our)[ ](?:[\w-]+[ ]){{1,5}}?{_VERB}\b
    |(?:(?i:the|an?)[ ])?(?:[\w-]+[ ]){{0,5}}?[A-Z][^\s,;:]*
    (?:[ ]\([^()]{{1,80}}\))?[ ](?:[a-z]+ly[ ])?{_VERB}\b|(?i:the|an?)[ ](?:[\w-]+[ ]){{1,6}}?(?:is|are|was|were)\b)""",
    re.VERBOSE,
)
_VERBS = (  # what several do; of one, the ending tells
    r"(?:show|demonstrate|indicate|suggest|reveal|confirm|achieve|remain|outperform|improve|use|make|provide|enable"
    r"|require|need|fail|struggle|perform|exhibit|learn|lead|find|validate|highlight|lack|rely|tend|focus|suffer|vary"
    r"|differ|support|allow|help|reach|yield|reduce|come|go|take|give|keep)"
)
_FINITE = re.compile(rf"(?:\b[Ww]e [a-z]|\s(?:{_VERB}|{_VERBS})\b)")
_LOOKED_AT = 400  # characters in which a clause shows that it is one

# What shows that a sentence leans on what stood before.
_PRONOUN = re.compile(
    rf"""(?:this|these|those|that|such|its?|they|their|them|he|she|his|her|neither|either)\b(?![ ]{_PAPER})
    |{_BOTH}
    |(?:each|all|none|one|some|most|many)[ ](?:is\b|are\b|has\b|have\b|of[ ](?:these|them|those|which))
    |(?:another|others?|otherwise|so|rather|but|yet|and|or)\b(?![ ](?:than|far)\b)
    |the[ ](?:former|latter|other|same|remaining)\b
    |the[ ](?:first|last|final)[ ](?:one|component|stage|step|module|part|phase|branch|approach|method|strategy)\b
    |(?:{_COUNTED})[ ](?:is|are|comes)\b
    |[a-z]+ing[ ](?:it|them)\b
    |the[ ](?:[a-z]+[ ])?(?:consequence|result|outcome|upshot|answer|effect|implication|reason|cause)s?[ ]
     (?:is|are|was|were)\b
    |\(?(?:[1-9]|[ivx]{{1,4}}|[a-e])\)[ ]""",
    re.IGNORECASE | re.VERBOSE,
)
_IT = re.compile(r"it (?=[a-z])", re.IGNORECASE)
_INSTEAD = re.compile(r"[^,;:]+ instead\.", re.IGNORECASE)
_ADDED = re.compile(r"(?:we|our \w+) (?:also|further|additionally|furthermore) ", re.IGNORECASE)
_TIED_WE = re.compile(r"we (?:then|thus|therefore|thereby|hence|instead|accordingly|consequently)\b", re.IGNORECASE)
_WE_THEREFORE = re.compile(
    r"(We|(?:This|Our) (?:paper|work|study)) (?:thus|therefore|hence|accordingly|consequently|instead) (?=[a-z])"
)
_NO_ANTECEDENT = re.compile(
    rf"""\b(?:
        the[ ](?:above|aforementioned)\b
      | (?:our|the)[ ](?:second|third|fourth)\b(?!-)
      | (?:both|those|the[ ](?:two|three|four)|each[ ]of[ ](?:these|those)|(?:of|on|for|with|to|in|from|by)[ ]that)
        [ ](?:[\w-]+[ ])?{_TROUBLE}\b
      | (?:does|do|did|doing)[ ](?:it|so|this)\b
      | that[ ](?:form|view|approach|question|claim|setting|regime|notion|gap|goal)\b(?![ ](?:of|that|for)\b)
      | both[ ](?:strengths|worlds|approaches|methods|goals|aspects|sides|ends|needs)\b(?![ ]and\b)
      | we[ ](?:[a-z]+ly[ ]|also[ ]|further[ ]|then[ ])?[a-z]+[ ]that[ ]
        (?:it(?![ ](?:is|was|becomes|may|can|suffices)\b)|they)\b
      | (?:address|tackl|overcom|solv|bridg|resolv|mitigat|remed)\w*[ ](?:(?:it|them)\b|{_BOTH})
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_NO_NOUN = r"(?:of|it|they|we|the|an?|this|these|is|are|can|each|all|in|for|its|their|our|which|when|with|by|from)\b"
_DEMONSTRATIVE = re.compile(
    rf"""\b(?:(?P<them>them|they|their)\b
    |(?:this|these|(?P<such>such(?![ ](?:as|that)\b)|(?:of|on|for|with|to|in|from|by|at)[ ]that(?![ ]{_NO_NOUN})))
     \b(?![ ]{_PAPER})(?P<nouns>(?:[ ][\w-]+){{0,3}}))""",
    re.IGNORECASE | re.VERBOSE,
)
_TROUBLES = re.compile(rf"\b{_TROUBLE}\b", re.IGNORECASE)
_PLURAL = re.compile(
    r"(?!(?:this|introduces|proposes|presents|describes|studies|uses|lets|shows|makes|takes|gives)$)[\w-]{3,}s",
    re.IGNORECASE,
)
_MARK = r"\(?(?:[1-9]|[ivx]{1,4}|[a-e])\) "
_COUNT = re.compile(rf"(?:{_COUNTED})\b,?|{_MARK}", re.IGNORECASE)
_COUNT_INSIDE = re.compile(rf"[ (]{_MARK}", re.IGNORECASE)
_FIRST = re.compile(r"first(?:ly)?\b,?|\(?[1ia]\) ", re.IGNORECASE)
_BOUNDARY = re.compile(r"[,;:—–]|\s--?-?\s|\b(?:that|which|where|while|and|whose|by|when|if)\b", re.IGNORECASE)
_WORD = re.compile(r"[\w-]+")
_FAR = 8  # words before a "this" that can hold what it means
_SHORTEST_NOUN = 4  # letters
_ROOT = 5  # letters that a noun shares with the word it resumes: "bidirectional … this bidirectionality"


def trimmed(sentence: str) -> str:
    """The sentence without what ties it to what stood before; as it is, where there is nothing to take.

    What is left is a whole clause of the sentence, with a capital in front where that is no name's spelling: openings
    go, a "therefore" behind "We", and "to close this gap" at the end.
    """
    rest = sentence
    for _ in range(_MOST_TRIMMED):
        end = _removable(rest)
        if not end:
            break
        rest = rest[end:]
    rest = sentence if rest == sentence else _capitalized(rest)
    purpose = _PURPOSE_AT_END.search(rest, _ENOUGH_LEFT)
    if purpose and _FINITE.search(rest, 0, purpose.start()):
        rest = f"{rest[: purpose.start()]}."
    therefore = _WE_THEREFORE.match(rest)
    return f"{therefore[1]} {rest[therefore.end() :]}" if therefore else rest


def leans_on_others(sentence: str) -> bool:
    """Whether a sentence opens with, or points to, something that only a sentence before it can explain."""
    return bool(
        _removable(sentence)
        or _ties(sentence)
        or _PRONOUN.match(sentence)
        or _TIED_WE.match(sentence)
        or _ADDED.match(sentence)
        or _INSTEAD.fullmatch(sentence)
        or _NO_ANTECEDENT.search(sentence)
        or _points_back(sentence)
    )


def has_finite_verb(text: str) -> bool:
    """Whether a text says what somebody or something does, as far as the form of its words shows that."""
    return _FINITE.search(text) is not None


def names_no_subject(sentence: str) -> bool:
    """Whether all that a sentence lacks is the name of what it speaks of: "It consists of …"."""
    return _IT.match(sentence) is not None and not leans_on_others(f"Paperboy {_IT.sub('', sentence, count=1)}")


def merely_adds(sentence: str) -> bool:
    """Whether a sentence can follow any other, though not be the first: "We also …"."""
    added = _ADDED.match(sentence)
    return added is not None and not leans_on_others(f"We {sentence[added.end() :]}")


def counts(sentence: str) -> bool:
    """Whether a sentence is numbered as one of several: "Second, …", "(2) …"."""
    return bool(_COUNT.match(sentence))


def begins_counting(sentence: str) -> bool:
    """Whether a sentence is numbered as the first of several."""
    return bool(_FIRST.match(sentence))


def has_counted(sentence: str) -> bool:
    """Whether a second or third may follow a sentence: it is numbered, or has numbers in its midst."""
    return bool(_COUNT.match(sentence) or _COUNT_INSIDE.search(sentence))


def _removable(sentence: str) -> int:
    """The length of a removable opening; 0 where none can be removed, or what follows would be no clause."""
    for opening in (_NUMBER, _LINK, _EXAMPLE):
        found = opening.match(sentence)
        if found is None or not _FINITE.search(sentence, found.end(), found.end() + _LOOKED_AT):
            continue
        if not (_OF_A_TIME.match(sentence) and not _AUTHORS_DO.match(sentence, found.end())):
            return found.end()
    for opening in (_PURPOSE, _MOTIVE):
        found = opening.match(sentence)
        if found is None or (
            _changes_what_is_said(found, sentence) if opening is _MOTIVE else _NEEDS.match(sentence, found.end())
        ):
            continue
        if _SUBJECT.match(sentence, found.end(), found.end() + _LOOKED_AT):
            return found.end()
    return 0


def _changes_what_is_said(opening: re.Match[str], sentence: str) -> bool:
    """Whether a sentence says something else without this opening of a motive, a means or a contrast."""
    if _CONDITION.search(opening[0]):
        return True
    if _CONTRAST.match(opening[0]) and not _WITHIN.search(opening[0]):
        return False
    return not _AUTHORS_DO.match(sentence, opening.end())


def _ties(sentence: str) -> bool:
    return any(opening.match(sentence) for opening in (_NUMBER, _LINK, _ANY_EXAMPLE, _PURPOSE, _MOTIVE))


def _points_back(sentence: str) -> bool:
    """Whether a "this", "such" or "them" means nothing the sentence itself has named before."""
    boundary = _BOUNDARY.search(sentence)
    named: set[str] = set()
    several = False
    words = 0
    read = 0
    for found in _DEMONSTRATIVE.finditer(sentence):
        for word in _WORD.finditer(sentence, read, found.start()):
            words += 1
            named.add(_stem(word[0]))
            several |= word[0] == "and" or _PLURAL.fullmatch(word[0]) is not None
        read = found.start()
        nouns = [_stem(word) for word in _WORD.findall(found["nouns"] or "")]
        if any(len(noun) >= _SHORTEST_NOUN and noun in named for noun in nouns):
            continue
        if found["them"]:
            if not several:
                return True
            continue
        if found["such"] or words < _FAR or _TROUBLES.search(found["nouns"]):
            return True
        if boundary is None or boundary.start() >= found.start():
            return True
        if not any(_resembles(noun, named) for noun in nouns):
            return True
    return False


def _resembles(noun: str, named: AbstractSet[str]) -> bool:
    return len(noun) >= _ROOT and any(word.startswith(noun[:_ROOT]) for word in named)


def _stem(word: str) -> str:
    lower = word.lower()
    return lower[:-3] + "y" if lower.endswith("ies") else lower.removesuffix("s")


def _capitalized(text: str) -> str:
    first_word = text[:40].split(" ", 1)[0]
    if any(character.isupper() for character in first_word):
        return text
    upper = text[0].upper()
    return upper + text[1:] if len(upper) == 1 else text
