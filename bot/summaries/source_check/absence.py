"""Answers that only say that nothing is stated: `N/A`, “Not mentioned in the paper.”, “언급되지 않음”."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.rules.papers import Section
from bot.summaries.roles import Role, weigh
from bot.summaries.sentences import split_sentences
from bot.text.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 200  # characters; whatever is longer says something
_AROUND = re.compile(r"^[\s\W_]+|[\s\W_]+$")
_BETWEEN = re.compile(r"[\s_]+")

_REPORTED = (
    r"(?:mentioned|stated|specified|discussed|addressed|provided|reported|described|given|available|applicable"
    r"|disclosed|found|covered|included|indicated|listed|noted|presented|detailed|identified|raised"
    r"|explored|outlined"
    r"|present|known|relevant|considered|acknowledged|documented|measured|shown)"
)
_REPORT = (
    r"(?:mention|state|specify|discuss|address|provide|report|describe|give|disclose|cover|include"
    r"|indicate|list|note"
    r"|present|detail|identify|raise|explore|outline|contain|offer|acknowledge|talk about|say|consider|touch on)"
)
_SOURCE = (
    r"(?:(?:the|this|its|any)? ?(?:authors?|(?:provided |given |available |original |full |main )?"
    r"(?:paper|abstract|text|source|article|study|document|excerpt|material|passage|manuscript|content|work)s?)"
    r"(?:'s|’s)?(?: (?:itself|text|abstract|provided|above|here))?)"
)
_SUBJECT = (
    r"(?:(?:any|the|such|specific|explicit|further|additional|ethical|performance|technical|own"
    r"|future|clear|potential"
    r"|other|numerical|quantitative|main|particular|major)[ ,]+)*"
    r"(?:limitations?|drawbacks?|ethics|ethical|considerations?|conclusions?|concerns?|questions?"
    r"|issues?|information"
    r"|details?|results?|highlights?|performance|metrics?|figures?|numbers?|work|directions?"
    r"|implications?|statements?"
    r"|claims?|content|data|it|this|them|these|anything|nothing|none|risks?|impacts?|biases|aspects?"
    r"|novelty|shortcomings?)"
    r"(?:(?: or | and |/|, )\w+){0,3}"
)
_HOW = r"(?:(?:explicitly|specifically|directly|clearly|currently|further|separately|otherwise|yet|at all|ever) )*"
_WHERE = rf"(?: ?,?(?:here|explicitly|directly|so far|(?:in|by|within|from|for|to|of|on) {_SOURCE}))*"
_IS = r"(?:is|are|was|were|has been|have been)"

_ENGLISH = rf"""
    (?:n ?/ ?a|n\.a|na|nan|nil|null|none|nothing|no|undefined|unknown|unspecified|unstated|empty|blank
    |void|tbd|omitted
       |missing|absent|string|text|string or null|text or null|null or string|left (?:blank|empty|out)|\.\.\.)
    |(?:none|nothing|no) {_HOW}{_REPORTED}{_WHERE}
    |(?:{_SUBJECT} {_IS} |it {_IS} |{_IS} )?not {_HOW}{_REPORTED}{_WHERE}
    |(?:there {_IS} )?no {_SUBJECT}(?: (?:that )?(?:{_IS} )?{_HOW}(?:{_REPORTED}|to report))?{_WHERE}
    |(?:there {_IS} )?no (?:mention|discussion|statement|indication|sign
    |evidence)(?: of {_SUBJECT})?(?: {_IS} {_REPORTED})?{_WHERE}
    |{_SOURCE} (?:do|does|did)(?: not|n't|n’t) {_HOW}{_REPORT}(?: {_SUBJECT})?(?: {_REPORTED})?{_WHERE}
    |{_SOURCE} (?:{_REPORT}s?|makes?|raises?|gives?|has|have) (?:no|none)(?: mention of)?(?: {_SUBJECT})?{_WHERE}
    |(?:unable to (?:determine|find)|cannot be determined|could not be (?:found|determined))(?: {_SUBJECT})?{_WHERE}
"""
_KOREAN_SOURCE = (
    r"(?:이|본|해당|제공된)? ?(?:논문|초록|본문|텍스트|저자|저자들|연구|문서|자료|내용)(?:에서는|에는"
    r"|에서|에|은|는|이|가|의|상)?"
)
_KOREAN_SUBJECT = (
    r"(?:(?:명시적|구체적|별도의|윤리적|특별한|관련|추가|직접적)(?:인|으로)? ?)*(?:윤리적? ?)?"
    r"(?:한계|한계점|제한점|제한 사항|고려 ?사항|결론|내용|정보|문제|사항|언급|성능|수치|결과|기술|윤리|설명)"
    r"(?: ?(?:및|과|와|이나|또는) ?\w++)?(?:에 대한|에 대해서는|에 대해|은|는|이|가|을|를|도)?"
)
_KOREAN_REPORTED = (
    r"(?:언급|명시|기재|제시|논의|보고|기술|서술|설명|제공|포함|확인|공개|표기"
    r"|다루어지|다뤄지|나와 있|나타나|드러나|알려지|나오)"
)
_KOREAN_NOT = (
    r"(?:되지 않(?:음|았음|았습니다|습니다|는다|았다)|되어 있지 않(?:음|습니다|다)|돼 있지 않(?:음|습니다|다)"
    r"|하지 않(?:음|았음|았습니다|습니다|는다|았다)|하고 있지 않(?:음|습니다|다)|지 않(?:음|았음"
    r"|았습니다|습니다|는다|았다)"
    r"|된 (?:바|내용|것|사항|한계|정보)(?:이|가|은|는)? ?(?:없음|없습니다|없다)|(?:이|은)? ?(?:없음"
    r"|없습니다|없다)|안 됨|안됨|불가|되지 못함)"
)
_KOREAN = rf"""
    (?:해당(?: ?사항| 내용)?(?:이|은)? ?(?:없음|없습니다|없다)|없음|없습니다|없다|불명|미상|미기재
    |미언급|미제시|미정|비어 있음|알 수 없(?:음|습니다|다))
    |(?:{_KOREAN_SOURCE} ?)*(?:{_KOREAN_SUBJECT} ?)*(?:명시적으로|구체적으로|직접|직접적으로|따로
    |별도로)? ?{_KOREAN_REPORTED}{_KOREAN_NOT}
    |(?:{_KOREAN_SOURCE} ?)*(?:{_KOREAN_SUBJECT} ?)+(?:없음|없습니다|없다)
"""
# The languages most often wanted beside these, by the phrases that stand in a form's empty field.
_ELSEWHERE = r"""
    なし|無し|該当(?:なし|無し|しない|せず)|記載(?:なし|無し|されていない|されていません)|言及(?:なし
    |無し|されていない|されていません)|不明|特になし
    |無|无|没有|沒有|不适用|不適用|未提及|未說明|未说明|未提供|没有提及|沒有提及|(?:论文|文中|本文
    |論文)(?:中)?(?:未|没有|沒有)(?:明确)?(?:提及|说明|提到|讨论|說明|討論)
    |keine(?: angaben?)?|nicht (?:zutreffend|angegeben|erwähnt|genannt|vorhanden
    |verfügbar)(?: im (?:paper|text))?|entfällt|k ?\. ?a
    |sans objet|aucune?|non (?:applicable|mentionnée?s?|précisée?s?|spécifiée?s?|indiquée?s?
    |disponible)(?: dans l['’]article)?|néant
    |no (?:aplica|procede|mencionad[oa]s?|especificad[oa]s?|se menciona|disponible)(?: en el (?:artículo
    |texto))?|ningun[oa]|ninguna
    |não (?:aplicável|mencionad[oa]s?|especificad[oa]s?|informad[oa]|disponível)(?: no (?:artigo|texto))?|nenhuma?
    |non (?:applicabile|menzionat[oaie]|specificat[oaie]|disponibile)(?: nell['’]articolo)?|nessun[oa]?
    |нет(?: данных)?|не (?:указан[оаы]?|упомянут[оаы]?|упоминается|применимо)(?: в (?:статье|тексте))?
    |отсутству(?:ет|ют)
"""
# The role of the sentences that state what a section tells, and what one weighs that does so beyond doubt.
_STATED_BY: Mapping[Section, Role] = {
    Section.WHATS_NEW: Role.NOVELTY,
    Section.TECHNICAL_DETAILS: Role.METHOD,
    Section.PERFORMANCE_HIGHLIGHTS: Role.RESULT,
}
_PLAINLY = 4.0
_ABSENT = re.compile(
    "|".join(re.sub(r"\s*\n\s*", "", block) for block in (_ENGLISH, _KOREAN, _ELSEWHERE)), re.IGNORECASE
)


def is_absence(text: str) -> bool:
    """Whether the whole text is a way to leave a field empty, in words or signs. An empty text is one too."""
    if len(text) > _LONGEST:
        return False
    bare = _BETWEEN.sub(" ", _AROUND.sub("", text))
    return not bare or _ABSENT.fullmatch(bare) is not None


def tells_something(section: Section, source: str) -> bool:
    """Whether a sentence of the source plainly tells what a main section is for: then nobody can say it doesn't."""
    sentences = split_sentences(source, language_of(source))
    return any(weigh(sentence)[_STATED_BY[section]] >= _PLAINLY for sentence in sentences)
