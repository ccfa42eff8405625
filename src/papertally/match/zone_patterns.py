"""What zones are recognised by: headings, running heads and the signs of a bibliography.

Expressions that begin with a line break are for texts in which form feeds are line breaks, too,
with one more line break before the first line. The number of steps grows linearly with a text's
length: repetitions are bounded or possessive.
"""

from papertally.late_regex import compile_late


def _spaced(words: str) -> str:
    """Return an expression for capitals that small caps or letter-spacing have set apart.

    `R EFERENCES` and `A P P E N D I X` are common in extracted text.
    """
    return " +".join(" ?".join(word) for word in words.split())


def _either(*parts: str) -> str:
    return "|".join(parts)


_MARGIN, _RIGHT_MARGIN = r"(?:\d{3,4} +)?", r"(?: \d{3,4})?"
"""A line number from the left or right margin of a paper under review."""
_NUMBER = (
    r"(?:(?:\d{1,2}|[IVX]{1,5}|[A-Z])(?:\.\d{1,2}){0,3}[.:)]? +"
    r"|[#§*•] *|[一二三四五六七八九十]{1,3}、 ?)?"
)
"""A section's number, or the mark of a text file's heading."""
_LETTER = r"(?:[A-Z]|[IVX]{1,4}|\d{1,2})(?:\.\d{1,2}){0,3}"
"""What appendices are counted by."""

_REFERENCES = _either(
    r"(?:(?:ADDITIONAL|Additional|SUPPLEMENT(?:ARY|AL)|Supplement(?:ary|al)|APPENDIX|Appendix) )?"
    rf"(?:{_spaced('REFERENCE')}(?: ?S)?|References?)"
    r"(?: (?:AND|and|&) (?:NOTES|[Nn]otes)| (?:CITED|[Cc]ited))?",
    rf"{_spaced('BIBLIOGRAPHY')}|Bibliography"
    rf"|{_spaced('LITERATURE')}(?: CITED)?|Literature(?: [Cc]ited)?",
    rf"{_spaced('WORKS CITED')}|Works [Cc]ited|List of [Rr]eferences",
    r"参 ?考 ?文 ?献|引 ?用 ?文 ?献",
)
_APPENDIX = _either(
    # in capitals, with any title on the same line: `APPENDIX A: PROOFS`
    rf"{_spaced('APPENDI')} ?(?:X|C ?E ?S)"
    rf"(?: *[:.–—-]? *{_LETTER}(?![a-z])[:.–—-]?| *[:.–—-])?(?: [^\n]*)?",
    # in small letters, where `Appendix A shows` is a sentence: alone, or a title with a capital
    rf"Appendi(?:x|ces)(?:(?: {_LETTER})?[:.]?| {_LETTER}(?: [–—-])? [A-Z][^\n]{{2,100}}"
    rf"|(?: {_LETTER})?(?:[:.]| [–—-]) [A-Z][^\n]{{2,100}}"
    # `Appendix for "Title of the paper"`
    r"|:? (?:for|to|of) [“\"‘'][^\n]{2,120}|:? (?:for|to) [A-Z][^\n.,(]{2,120})",
    rf"(?:TECHNICAL|ONLINE|EXTENDED) {_spaced('APPENDI')} ?(?:X|C ?E ?S)(?: [^a-z\n]{{1,60}})?",
    r"(?:(?:Technical|Online|Extended|Additional) "
    r"|(?:Organi[sz]ation|Outline|Overview|Structure) of (?:the )?)"
    r"[Aa]ppendi(?:x|ces)(?: and [^\n]{1,60})?",
    rf"{_spaced('SUPPLEMENT')}(?: ?A ?R ?Y| ?A ?L)?(?: [^a-z\n]{{1,200}})?",
    r"Supplement(?:ary|al)? (?:[Mm]aterials?|[Ii]nformation|[Aa]ppendix|[Ff]igures|[Rr]esults)"
    r"(?:(?: (?:for|to|of)\b| ?:)[^\n]{0,120})?"
    r"|Supplement (?:to|for):? (?:[“\"‘'][^\n]|[A-Z])[^\n.,(]{2,120}",
    r"附 ?录[^\n。，]{0,40}",
)
_LLM = (
    r"(?:LLMS?|LLMs?|L ?ARGE L ?ANGUAGE M ?ODELS?|[Ll]arge [Ll]anguage [Mm]odels?)"
    r"(?: \(LLMS?\)| \(LLMs?\))?"
)
_STATEMENT = _either(
    # the first sentence may share the heading's line: `Acknowledgments. We thank`
    rf"(?:{_spaced('ACKNOWLEDG')} ?E? ?{_spaced('MENT')}(?: ?S)?|Acknowledge?ments?)"
    r"(?: ?[.:—–-] ?[^\n]*| (?:AND|and|&) [^\n]{1,60}| [A-Z][a-z’]* [^\n]+)?",
    rf"(?:E ?THICS|E ?THICAL|R ?EPRODUCIBILITY)(?: [A-Z&]{{1,20}}){{0,3}} {_spaced('STATEMENT')}",
    r"(?:Ethics|Ethical|Reproducibility)(?: [A-Za-z&]{1,20}){0,3} [Ss]tatement(?:[.:] ?[^\n]*)?",
    rf"(?:L ?IMITATIONS AND )?{_spaced('BROADER IMPACT')}(?: ?S)?(?: {_spaced('STATEMENT')})?",
    r"(?:Limitations and )?[Bb]roader [Ii]mpacts?(?: [Ss]tatement)?(?:[.:] ?[^\n]*)?",
    rf"{_spaced('IMPACT STATEMENT')}|{_spaced('AUTHOR CONTRIBUTION')}(?: ?S)?",
    r"Author [Cc]ontributions?(?:[.:] ?[^\n]*)?",
    r"Impact [Ss]tatement(?:[.:] ?[^\n]*)?",
    # what newer venues ask for
    rf"(?:T ?HE |The |O ?N THE |On the )?(?:[Uu]se|U ?SE) (?:OF|of) {_LLM}",
    rf"{_LLM} (?:[Uu]s(?:e|age)|U ?S(?:E|AGE))"
    r"(?: (?:[Ss]tatement|S ?TATEMENT|[Dd]isclosure|D ?ISCLOSURE))?",
    r"致 ?谢",
)

_CHECKLIST = (
    r"(?:(?:\d{4}|[A-Z][\w’-]*|[A-Z] [A-Z]+|for|of|the|and|&) ){0,8}[Cc] ?(?:HECKLIST|hecklist)"
)

# The beginnings of all words that headings and running heads begin with, capitals perhaps set
# apart.
_BEGINNINGS = _either(
    r"R(?: ?E ?[FP]|e[fp])|A(?: ?P ?P| ?C ?K| ?U ?T|pp|ck|cce|dd|DD|uth)|S(?: ?U ?P|up|ubm)",
    r"U(?:nder r| ?SE|se)|P(?:ub|re[sp]|roceedings of the \d)|W(?: ?O ?R|or)",
    r"L(?: ?[IA]|[ia]| ?L ?M)|B(?: ?(?:I ?B|R ?O)|ib|roader)|I(?: ?M ?P|mpact)",
    r"E(?: ?T ?H|th|xtended A|XTENDED A)",
    r"T(?: ?HE U|he [Uu]|o appear|echnical A|ECHNICAL A|able of [Cc]| ?ABLE O)",
    r"O(?: ?N T|n t|nline A|NLINE A|rgani[sz]ation of|utline of|verview of)|Structure of",
    r"C(?: ?ONTENTS|ontents)",
    r"[#§*•参引附致一二三四五六七八九十]|\d\d?(?:st|nd|rd|th) [A-Z]",
)
LINE = compile_late(
    rf"\n(?=[\dA-Z#§*•参引附致一二三四五六七八九十])(?:{_BEGINNINGS}"
    # or behind a margin's number, a section's number or both
    rf"|(?:(?:\d[\d.:)]{{0,7}}|[A-Z][\d.:)]{{0,5}}|[IVX]{{2,5}}[.:)]?) ){{1,2}}(?:{_BEGINNINGS})"
    # or the line ends as the heading of a checklist does
    rf"|[^\n]{{0,70}}+(?:(?<=klist)|(?<=KLIST)|(?<=klist[.:]))(?=\n))"
)
"""The beginning of a line that may be a heading or a running head; only these few are looked at
closely."""

HEADING = compile_late(
    rf"\n{_MARGIN}{_NUMBER}(?:(?P<references>(?:{_REFERENCES})(?: (?:{_REFERENCES}))?)"
    rf"|(?P<appendix>{_APPENDIX})|(?P<statement>{_STATEMENT})|(?P<checklist>{_CHECKLIST}))"
    rf" ?[.:]?{_RIGHT_MARGIN}(?=\n)"
)
"""A heading on a line of its own; the group's name says what begins there."""

QUESTION = compile_late(
    r"\[(?:Yes|No|N/?A|TODO)\]|Question:|Answer:|\([Yy]es\b"
    r"|\b(?:Did|Do|Does|Have|Has) (?:you|all|the|your|this)\b|[Ff]or all (?:authors|papers)"
)
"""A part of a checklist's question or answer."""

RUNNING = compile_late(
    r"\n(?:Under review(?: as| at| for| by|\.?(?=\n))[^\n]{0,100}"
    r"|(?:Published|Accepted|Presented|Submitted|To appear) (?:as|at|to|in|for|by)\b"
    r"[^\n]{0,100}(?:19|20)\d\d[^\n]{0,80}"
    r"|Preprint(?=[.,:\n (])[^\n]{0,60}|Workshop track[^\n]{0,60}"
    # `31st Conference on Neural Information Processing Systems (NIPS 2017), Long Beach`
    r"|\d\d?(?:st|nd|rd|th) (?:[A-Z][a-z]+ ){0,4}(?:Conference|Workshop|Symposium) "
    r"[^\n]{0,100}\d\d\d\d\)[^\n]{0,60}"
    r"|Proceedings of the \d[^\n]{0,150}Copyright[^\n]{0,40})(?=\n)"
)
"""What venues print at the top or bottom of each page."""
PAGE_TOP = compile_late(
    r"[ \n]*+(?:\d{1,4}[ \n]++)?(?!Under review |Published as )([^\n\f]{12,150})"
)
"""The first line of a page, unless it is a running head anyway."""

GLUED = compile_late(
    r"R(?: ?EFERENCES(?: ?(?=\n)| ?(?=\[1\])|(?= [A-Z]))"
    r"|eferences(?: ?(?=\[1\])|(?<=\nReferences)(?= [A-Z])))"
)
"""A references heading that shares its line with what stands before or with the first entry."""
GLUED_BEFORE = compile_late(r"(?:\n|[.!?:)\]}]|\b20\d\d) *(?:\d{1,2}\.? *)?\Z")
"""What may stand before such a heading: a sentence's end or the year of a venue, then a number."""

MID_SENTENCE = compile_late(
    r"(?:[,;(=]|\b(?:an?|and|as|at|by|cf\.|for|from|[Ii]n|is|its|of|on|or|our|per|[Ss]ee|that|[Tt]he"
    r"|their|this|to|under|via|with))\s*\Z"
)
"""What stands before a line that continues a sentence. Captions, labels and titles end in words of
any other kind."""
ENTRY_START = compile_late(
    r"\n{1,400}+(?:\d{1,3}\n{1,400}+)?(?:\[[^\]\n]{1,40}\] |\d{1,3}\. |(?:Figure|Fig\.|Table) \d"
    r"|[A-Z][^\n]{0,80}?(?:,| and | & |\. ))"
)
"""The beginning of an entry, or a figure between the heading and the entries."""
SENTENCE_END = compile_late(r"[.!?)\]”\"]\s*\Z")
SUBSECTION = compile_late(r"\n(?:\d{3,4} )?\d{1,2}\.\d")
"""A number such as 4.1: a subsection of the body, even if it is called an appendix."""
CONTENTS_HEADING = compile_late(
    r"\n(?:(?:T ?ABLE (?:OF|O ?F) |Table of )?(?:C ?ONTENTS|Contents)|Table of contents)[.:]?(?=\n)"
)
CONTENTS_ENTRY = compile_late(
    r"\n(?:[^\n]{2,100}[^\n] [1-9]\d{0,2}|[^\n]{2,100}(?: ?\.){4}[^\n]*"
    r"|[\dA-Z][^\n]{2,60}\n[1-9]\d{0,2}|[1-9]\d{0,2})(?=\n)"
)
"""A line of a table of contents, whose page number may stand on the next line."""
CONTENTS = compile_late(
    r"\n[^\n]*(?:(?: ?\.){4}|[^\n] (?P<page>\d{1,3})\n+[^\n]{3,90} (?P<next>\d{1,3})\n)"
)
"""A line of a table of contents without a heading: leaders, or page numbers at its end and at the
end of the next line."""

_HEAD = r"(?:[A-Z]|\d{1,2}|S\d{0,2})(?:\.\d{1,2}){0,3}[.:)]? "
"""The number of a section in an appendix: `A`, `B.1`, `S2`."""
SECTION = compile_late(
    rf"\n{_MARGIN}(?:"
    r"(?P<sure>(?:[A-Z]|[A-Z1-9]\d?(?:\.\d{1,2}){1,3})[.:]? "
    r"(?:[A-Z] )?[A-Z]{4,}(?:[ :&’'/-]+[A-Z]+)*+)(?=\n)|"
    rf"{_HEAD}(?:[A-Z]++[\d’':,()/&–-]* ){{1,12}}+[^\n]*|"  # B.1 LEMMA 2 Proof. For any
    rf"{_HEAD}[A-Z]{{4,}}[^\n]*|"  # A PROOFS
    rf"{_HEAD}[A-Z][a-z]+(?: [\w()’'/:-]+){{0,12}}(?=\n)|"  # B New prediction nodes
    r"[A-Z][A-Z’':-]{3,}(?: [A-Z\d’':&()-]++){1,20}(?=\n)|"  # PROOF OF THEOREM 1
    # A on a line of its own, then PROOFS
    r"[A-Z][.:]?\n[A-Z][A-Z’':-]{3,}(?: [A-Z\d’':&()-]++){0,12}(?=\n)|"
    r"(?:Figure|Fig\.|Table|Algorithm|FIGURE|TABLE) ?[A-Z]?\d+(?:\.\d+)?[:.][^\n]*|"
    r"Algorithm \d+ [A-Z][^\n]*|"
    r"(?:Proof|Theorem|Lemma|Proposition|Corollary|Definition)\b[^\n]*)"
)
"""A line that may begin an appendix where a bibliography stood; `sure` is one that does."""
THANKS = compile_late(r"acknowledg|fund|grant|grateful|support|thank")
"""What stands in a line of acknowledgements that begins like a section: with a name's initial."""
APPENDIX_SECTION = compile_late(
    r"\n[A-Z](?:\.\d{1,2})*[.:]? (?!(?:Are|Did|Do|Does|For|Has|Have|If|Is|Was|Were)\b)[A-Z]"
)
"""A section that ends a checklist, whose own sections are questions."""

_YEAR_TAIL = r"(?:(?<=1)9[3-9]|(?<=2)0[0-3])\d[a-z]?"
"""The rest of a year from 1930 to 2039 behind its first digit, with a bibliography's letter."""
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_BEHIND_MONTH = (
    rf"(?:(?<={_MONTH} .)|(?<={_MONTH}\. .)|(?<=Sept\. .)|(?<=(?:ary|rch|ril|une|uly|ust|ber) .))"
)
_BEHIND_BRACKET = r"(?:[.,:]|(?= ?\n| ?\[?\d))"
YEAR = compile_late(
    # begins with the digit, which is rare; what must stand before it is then looked back at
    rf"[12](?:(?<=[ ,\n].){_YEAR_TAIL}"
    # `2016.`, `2016;3(2)`, `2016-05-01`, and `, 2016` or `, 2016 [Online]`
    r"(?:[.,:]|;\d|-\d\d-|(?<=, .{4})(?= ?(?:\[|\d{3} ?)?\n| \[))"
    # `(2016).`, `(Aug 2016)`, `(2016, August)`, but not `et al. (2016)`: a citation
    rf"|(?:(?<=\(.)(?<!l\. \(.)|{_BEHIND_MONTH}){_YEAR_TAIL}\){_BEHIND_BRACKET}"
    rf"|(?<=\(.){_YEAR_TAIL},[ \n]{_MONTH}"
    # behind initials: `Nobody N, Example O. (2016) A study`
    r"|(?:(?<= [A-Z][ \n]\(.)|(?<= [A-Z]{2}[ \n]\(.)|(?<= [A-Z]\.[ \n]\(.))"
    rf"{_YEAR_TAIL}\)(?= [A-Z“]))"
)
"""A year in a bibliography: `, 2016.`, `2016a. `, `A. (2016).`, `(Aug. 2016)` at a line's end."""
_AUTHOR = (
    r"[^\W\da-z_][^\s,;\d()]*+"
    r"(?:(?:[ \n][^\s,;\d()]++){1,4}+[,;]|,[ \n](?:[A-Z]\.?[ \n-]?)++[,;])[ \n]"
)
"""A name in a list of authors: `Nora van der Nobody, `, `Nobody N, `, `Nobody, N. O., `."""
SIGN = compile_late(
    # the look-ahead passes over characters with which no sign begins
    rf"(?=[ \n\dadhA-Z])(?:{YEAR.pattern}| (?:pp\. |pages \d|URL |[Ii]n (?:Proc|Adv))|arXiv"
    r"|https?:|doi[:. ]|\d\(\d{1,3}\): ?\d|\n\[\d{1,3}\] |P(?:roceedings|ress)|CoRR"
    rf"|Conference on|Journal of|Transactions on|(?<=[ \n])(?:{_AUTHOR}){{4}})"
)
"""What stands in a bibliography several times per entry and is rare elsewhere. It is slow, so it is
used for short stretches only."""
MARGIN_LINES = compile_late(r"(?:\n\d{3,4}(?=\n)){10,}+")
"""Line numbers that extraction took from the margin as a block."""
_PAGES = r"(?:[ \n]\d{1,4}(?:, \d{1,4})*)?"
"""The pages that cite an entry, or a number in the margin."""
ENTRY_TAIL = compile_late(
    rf"\n(?:(?:URL|https?:|arXiv|doi|DOI|pp\. \d|pages \d|\[\d{{1,3}}\] )[^\n]*"
    rf"|[a-z\d/][^\n]{{0,100}}\.{_PAGES}(?=\n))"
)
"""A further line of an entry behind its last sign: an address, or the end of a sentence. A numbered
entry may have no sign but its number."""
OPEN_TAIL = compile_late(
    r"(?:\n{1,400}+(?:\d{1,3}\n{1,400}+)?"
    r"(?!(?:[A-Z]|\d{1,2})(?:\.\d)*[.:]? [A-Z]|Figure|Table|Algorithm)"
    rf"[^\n]{{2,150}}?){{1,4}}?[.\d]{_PAGES}(?=\n)"
)
"""The lines on which an entry goes on, perhaps on the next page, until one ends as entries do."""
ENTRY_END = compile_late(r"\.\n(?:(?<=, (?:19|20)\d\d\.\n)|(?<=, (?:19|20)\d\d[a-z]\.\n))")
"""The end of an entry: its year at a line's end."""
