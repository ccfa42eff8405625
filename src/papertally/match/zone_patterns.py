"""By what the zones of a paper are told: headings, running heads and the signs of a bibliography.

Expressions that begin with a line break are for texts in which form feeds are line breaks too, with one more
line break before the first line. The number of steps grows linearly with a text's length: repetitions are
bounded or possessive.
"""

import re


def _spaced(words: str) -> str:
    """Return an expression for capitals that extraction may have set apart: `R EFERENCES`, `A P P E N D I X`."""
    return " +".join(" ?".join(word) for word in words.split())


_MARGIN = r"(?:\d{3,4} +)?"
"""A line number from the margin."""
_NUMBER = r"(?:(?:\d{1,2}|[IVX]{1,5}|[A-Z])(?:\.\d{1,2}){0,3}[.:)]? +|[#§*•] *|[一二三四五六七八九十]{1,3}、 ?)?"
"""A section's number."""
_LETTER = r"(?:[A-Z]|[IVX]{1,4}|\d{1,2})(?:\.\d{1,2}){0,3}"
"""What appendices are counted by."""

_REFERENCES = "|".join(
    [
        r"(?:(?:ADDITIONAL|Additional|SUPPLEMENT(?:ARY|AL)|Supplement(?:ary|al)|APPENDIX|Appendix) )?"
        rf"(?:{_spaced('REFERENCE')}(?: ?S)?|References?)(?: (?:AND|and|&) (?:NOTES|[Nn]otes)| (?:CITED|[Cc]ited))?",
        rf"{_spaced('BIBLIOGRAPHY')}|Bibliography|{_spaced('LITERATURE')}(?: CITED)?|Literature(?: [Cc]ited)?",
        rf"{_spaced('WORKS CITED')}|Works [Cc]ited|List of [Rr]eferences|参 ?考 ?文 ?献|引 ?用 ?文 ?献",
    ]
)
_APPENDIX = "|".join(
    [
        rf"{_spaced('APPENDI')} ?(?:X|C ?E ?S)"
        rf"(?: *[:.–—-]? *{_LETTER}(?![a-z])[:.–—-]?| *[:.–—-])?(?: [^\n]*)?",
        rf"Appendi(?:x|ces)(?:(?: {_LETTER})?[:.]?| {_LETTER}(?: [–—-])? [A-Z][^\n]{{2,100}}"
        rf"|(?: {_LETTER})?(?:[:.]| [–—-]) [A-Z][^\n]{{2,100}}"
        r"|:? (?:for|to|of) [“\"‘'][^\n]{2,120}|:? (?:for|to) [A-Z][^\n.,(]{2,120})",
        rf"(?:TECHNICAL|ONLINE|EXTENDED) {_spaced('APPENDI')} ?(?:X|C ?E ?S)(?: [^a-z\n]{{1,60}})?",
        r"(?:(?:Technical|Online|Extended|Additional) |(?:Organi[sz]ation|Outline|Overview|Structure) of (?:the )?)"
        r"[Aa]ppendi(?:x|ces)(?: and [^\n]{1,60})?",
        rf"{_spaced('SUPPLEMENT')}(?: ?A ?R ?Y| ?A ?L)?(?: [^a-z\n]{{1,100}})?",
        r"Supplement(?:ary|al)? (?:[Mm]aterials?|[Ii]nformation|[Aa]ppendix|[Ff]igures|[Rr]esults)"
        r"(?:(?: (?:for|to|of)\b| ?:)[^\n]{0,120})?|Supplement (?:to|for):? (?:[“\"‘'][^\n]|[A-Z])[^\n.,(]{2,120}",
        r"附 ?录[^\n。，]{0,40}",
    ]
)
_LLM = r"(?:LLMS?|LLMs?|L ?ARGE L ?ANGUAGE M ?ODELS?|[Ll]arge [Ll]anguage [Mm]odels?)(?: \(LLMS?\)| \(LLMs?\))?"
_STATEMENT = "|".join(
    [
        rf"(?:{_spaced('ACKNOWLEDG')} ?E? ?{_spaced('MENT')}(?: ?S)?|Acknowledge?ments?)"
        r"(?: ?[.:—–-] ?[^\n]*| (?:AND|and|&) [^\n]{1,60})?",
        rf"(?:E ?THICS|E ?THICAL|R ?EPRODUCIBILITY)(?: [A-Z&]{{1,20}}){{0,3}} {_spaced('STATEMENT')}",
        r"(?:Ethics|Ethical|Reproducibility)(?: [A-Za-z&]{1,20}){0,3} [Ss]tatement(?:[.:] ?[^\n]*)?",
        rf"{_spaced('BROADER IMPACT')}(?: ?S)?(?: {_spaced('STATEMENT')})?|{_spaced('IMPACT STATEMENT')}",
        r"Broader [Ii]mpacts?(?: [Ss]tatement)?(?:[.:] ?[^\n]*)?|Impact [Ss]tatement(?:[.:] ?[^\n]*)?",
        rf"(?:T ?HE |The |O ?N THE |On the )?(?:[Uu]se|U ?SE) (?:OF|of) {_LLM}",
        rf"{_LLM} (?:[Uu]s(?:e|age)|U ?S(?:E|AGE))(?: (?:[Ss]tatement|S ?TATEMENT|[Dd]isclosure|D ?ISCLOSURE))?",
        r"致 ?谢",
    ]
)
_CHECKLIST = (
    r"(?:(?:NeurIPS|N ?EUR ?IPS|NIPS|ICML|ICLR|AAAI|ACL|ARR|Paper|P ?APER|Reproducibility|R ?EPRODUCIBILITY"
    rf"|Responsible|R ?ESPONSIBLE|NLP|Research|R ?ESEARCH) )*(?:{_spaced('CHECKLIST')}|Checklist)"
)

_BEGINNINGS = "|".join(
    [
        r"R(?: ?E ?[FPS]|e[fps])|A(?: ?[PC] ?[PKL]|pp|ck|cce|dd|DD|A|RR)|S(?: ?U ?P|up|ubm)|U(?:nder r| ?SE|se)",
        r"P(?:ub|re[sp]|roceedings of the \d| ?AP|ap)|W(?: ?O ?R|or)|L(?: ?[IA]|[ia]| ?L ?M)",
        r"B(?: ?(?:I ?B|R ?O)|ib|roader)|I(?:C| ?M ?P|mpact)",
        r"E(?: ?T ?H|th|xtended A|XTENDED A)|T(?: ?HE U|he [Uu]|o appear|echnical A|ECHNICAL A|able of [Cc]| ?ABLE O)",
        r"O(?: ?N T|n t|nline A|NLINE A|rgani[sz]ation of|utline of|verview of)|Structure of",
        r"C(?: ?H ?E|he|ontents| ?ONTENTS)|N(?: ?EU|eu|IP)",
        r"[#§*•参引附致一二三四五六七八九十]|\d\d?(?:st|nd|rd|th) [A-Z]",
    ]
)
LINE = re.compile(
    rf"\n(?=[\dA-Z#§*•参引附致一二三四五六七八九十])(?:{_BEGINNINGS}"
    rf"|(?:(?:\d[\d.:)]{{0,7}}|[A-Z][\d.:)]{{0,5}}|[IVX]{{2,5}}[.:)]?) ){{1,2}}(?:{_BEGINNINGS}))"
)
"""The beginning of a line that may be a heading or a running head; these are few and looked at closer."""

HEADING = re.compile(
    rf"\n{_MARGIN}{_NUMBER}(?:(?P<references>(?:{_REFERENCES})(?: (?:{_REFERENCES}))?)|(?P<appendix>{_APPENDIX})"
    rf"|(?P<statement>{_STATEMENT})|(?P<checklist>{_CHECKLIST})) ?[.:]?(?=\n)"
)

RUNNING = re.compile(
    r"\n(?:Under review(?: as| at| for| by|\.?(?=\n))[^\n]{0,100}"
    r"|(?:Published|Accepted|Presented|Submitted|To appear) (?:as|at|to|in|for|by)\b"
    r"[^\n]{0,100}(?:19|20)\d\d[^\n]{0,80}"
    r"|Preprint(?=[.,:\n (])[^\n]{0,60}|Workshop track[^\n]{0,60}"
    r"|\d\d?(?:st|nd|rd|th) (?:[A-Z][a-z]+ ){0,4}(?:Conference|Workshop|Symposium) [^\n]{0,100}\d\d\d\d\)[^\n]{0,60}"
    r"|Proceedings of the \d[^\n]{0,150}Copyright[^\n]{0,40})(?=\n)"
)
"""What venues print at the top or bottom of each page."""
PAGE_TOP = re.compile(r"\f[ \n]*+(?!Under review |Published as )([^\n\f]{12,150})")
"""The first line of a page, unless it is a running head anyway."""

GLUED = re.compile(
    r"R(?: ?EFERENCES(?: ?(?=\n)| ?(?=\[1\])|(?= [A-Z]))|eferences(?: ?(?=\[1\])|(?<=\nReferences)(?= [A-Z])))"
)
"""A references heading that shares its line with what stands before or with the first entry."""
GLUED_BEFORE = re.compile(r"(?:\n|[.!?:)\]}]|\b20\d\d) *(?:\d{1,2}\.? *)?\Z")

MID_SENTENCE = re.compile(r"[a-z,;(=]\s*\Z")
"""What stands before a line that goes on with a sentence."""
SUBSECTION = re.compile(r"\n(?:\d{3,4} )?\d{1,2}\.\d")
CONTENTS_HEADING = re.compile(
    r"\n(?:(?:T ?ABLE (?:OF|O ?F) |Table of )?(?:C ?ONTENTS|Contents)|Table of contents)[.:]?(?=\n)"
)
CONTENTS_ENTRY = re.compile(
    r"\n(?:[^\n]{2,100}[^\n] [1-9]\d{0,2}|[^\n]{2,100}(?: ?\.){4}[^\n]*"
    r"|[\dA-Z][^\n]{2,60}\n[1-9]\d{0,2}|[1-9]\d{0,2})(?=\n)"
)
"""A line of a table of contents, whose page number may stand on the next one."""
CONTENTS = re.compile(r"\n[^\n]*(?:(?: ?\.){4}|[^\n] \d{1,3}\n+[^\n]{3,90} \d{1,3}\n)")
"""A line of a table of contents: leaders, or page numbers at its end and at the next line's."""

_HEAD = r"(?:[A-Z]|\d{1,2}|S\d{0,2})(?:\.\d{1,2}){0,3}[.:)]? "
SECTION = re.compile(
    rf"\n{_MARGIN}(?:"
    r"(?P<sure>(?:[A-Z]|[A-Z1-9]\d?(?:\.\d{1,2}){1,3})[.:]? (?:[A-Z] )?[A-Z]{4,}(?:[ :&’'/-]+[A-Z]+)*+)(?=\n)|"
    rf"{_HEAD}(?:[A-Z]++[\d’':,()/&–-]* ){{1,12}}+[^\n]*|{_HEAD}[A-Z]{{4,}}[^\n]*|"  # B.1 LEMMA 2 Proof. For any
    rf"{_HEAD}[A-Z][a-z]+(?: [\w()’'/:-]+){{0,12}}(?=\n)|"  # B New prediction nodes
    r"[A-Z][A-Z’':-]{3,}(?: [A-Z\d’':&()-]++){1,12}(?=\n)|"  # PROOF OF THEOREM 1
    r"[A-Z][.:]?\n[A-Z][A-Z’':-]{3,}(?: [A-Z\d’':&()-]++){0,12}(?=\n)|"  # A on a line of its own, then PROOFS
    r"(?:Figure|Fig\.|Table|Algorithm|FIGURE|TABLE) ?[A-Z]?\d+(?:\.\d+)?[:.][^\n]*|"
    r"(?:Proof|Theorem|Lemma|Proposition|Corollary|Definition)\b[^\n]*)"
)
"""A line that may begin an appendix where a bibliography stood; `sure` is one that does."""
APPENDIX_SECTION = re.compile(r"\n[A-Z](?:\.\d{1,2})*[.:]? [A-Z]")

_LATE = r"(?:(?<=1)9[3-9]|(?<=2)0[0-3])\d[a-z]?"
"""The rest of a year from 1930 to 2039 behind its first digit, with a bibliography's letter."""
YEAR = re.compile(
    rf"[12](?:(?<=[ ,\n].){_LATE}(?:[.,:]|(?<=, .{{4}})(?= ?\n))"
    rf"|(?:(?<=\(.)(?<!l\. \(.)|(?<=[a-z] .)){_LATE}\)(?:[.,:]|(?= ?\n| ?\[\d)))"
)
"""A year as bibliographies write it: `, 2016.`, `2016a. `, `A. (2016).`, `(Aug 2016)` at a line's end."""
SIGN = re.compile(
    rf"(?=[ \n\da-hA-Z])(?:{YEAR.pattern}|arXiv| pp\. | pages \d| [Ii]n (?:Proc|Adv)|Conference on|Journal of"
    r"|Transactions on|\d\(\d{1,3}\): ?\d|https?:|doi[:. ]| URL |\n\[\d{1,3}\] |Proceedings|CoRR|Press"
    r"|(?:[A-Z][\w.’'-]{0,30}+(?: [A-Z][\w.’'-]{0,30}+){0,3}, ){4})"
)
"""What stands in bibliographies several times per entry and is rare elsewhere; slow, so for short stretches."""
MARGIN_LINES = re.compile(r"(?:\n\d{3,4}(?=\n)){10,}+")
"""Line numbers that extraction took from the margin as a block."""
ENTRY_TAIL = re.compile(r"\n(?:(?:URL|https?:|arXiv|doi|DOI)[^\n]*|[a-z\d/][^\n]{0,80}\.(?=\n))")
ENTRY_END = re.compile(r", (?:19|20)\d\d[a-z]?\. ?\n")
