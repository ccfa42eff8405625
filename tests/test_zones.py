"""Each part of a paper gets its zone, whatever form extraction left its heading in."""

import csv
import tarfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertally.extract.engines import read_text_file
from papertally.match.lexicon_file import load_lexicon
from papertally.match.matcher import Matcher
from papertally.match.zones import Zones, divide
from papertally.models import Zone
from tests.helpers.growth import check_cost, check_growth, repeated
from tests.helpers.paths import ROOT, SHARED, needs_shared

BODY, APPENDIX, REFERENCES, OTHER = Zone.BODY, Zone.APPENDIX, Zone.REFERENCES, Zone.OTHER

ENTRIES = "\n".join(
    [
        "Nora Nobody and Otto Example. A study of nothing. In Advances in Nothing, pp. 1-9, 2016.",
        "Ada Invented. Learning to be quiet. arXiv preprint arXiv:1601.00000, 2016.",
        "Paul Placeholder, Quinn Sample, and Rosa Dummy. Deep void. Journal of Voids, 3(2):11-19, "
        "2015.",
        "Uma Unreal. The toolbox of nowhere, 2017. URL http://nowhere.invalid/toolbox.",
    ]
)
"""A bibliography of invented works."""
LINES = "\n".join(
    [
        "[1] N. Nobody and O. Example, “A study of nothing,” in Proc. Nothing, 2016,",
        "pp. 1–9.",
        "[2] A. Invented, “Learning to be quiet,” Journal of Voids, vol. 3, 2015.",
        "[3] P. Placeholder, Q. Sample, “Deep void,” CoRR, abs/1601.00000, 2016.",
        "[4] U. Unreal, “The toolbox of nowhere,” http://nowhere.invalid, 2017.",
    ]
)
PROSE = "We describe an invented method at some length, so that this looks like a paper.\n" * 4
LONG = PROSE * 5
"""More prose than any bibliography has between two of its years."""


def parts(text: str) -> list[str]:
    """Return the zones in order, running heads left out by the tests that do not mean them."""
    return [str(zone) for zone in divide(text).zones]


def zone_of(text: str, mark: str) -> Zone:
    return divide(text).at(text.index(mark))


def test_headings_of_references() -> None:
    for heading in [
        "REFERENCES",
        "R EFERENCES",
        "R E F E R E N C E S",
        "References",
        "References:",
        "Reference",
        "7 REFERENCES",
        "7. References",
        "VII. REFERENCES",
        "540 REFERENCES",
        "540 7 R EFERENCES",
        "BIBLIOGRAPHY",
        "Bibliography",
        "Literature Cited",
        "REFERENCES AND NOTES",
        "ADDITIONAL REFERENCES",
        "# References",
        "参考文献",
        "参 考 文 献",
        "5 REFERENCES REFERENCES",
        "References References",
    ]:
        for entries in [ENTRIES, LINES]:
            text = f"{PROSE}{heading}\n{entries}"
            assert parts(text) == ["body", "references"], (heading, entries)
            assert divide(text).starts == (0, len(PROSE)), (heading, entries)


def test_headings_of_appendices() -> None:
    for heading in [
        "APPENDIX",
        "A PPENDIX",
        "A APPENDIX",
        "6 APPENDIX",
        "A A PPENDIX",
        "APPENDIX A",
        "APPENDIX A: PROOFS",
        "APPENDIX A PROOF OF THEOREM 1",
        "APPENDIX Network structure We adapted what others did.",
        "Appendix",
        "Appendices",
        "A P P E N D I C E S",
        "Appendix A. Proofs of all theorems",
        "Appendix A Proofs",
        "5. Appendix A: Proofs",
        "SUPPLEMENTARY MATERIAL",
        "S UPPLEMENTARY M ATERIAL",
        "8 SUPPLEMENTARY MATERIALS",
        "Supplementary Material",
        "Supplementary Materials for a paper on nothing",
        "700 A APPENDIX",
        "附录",
        "附录 A 证明",
        "A Technical Appendices and Supplementary Material",
        "Technical Appendices and Supplementary Material",
        "TECHNICAL APPENDIX",
        "Online Appendix",
        "Organization of the Appendix",
        "Appendix for “A Study of Nothing”",
        "Appendix for A Study of Nothing",
        "Supplement to: A study of nothing",
    ]:
        after = f"{PROSE}REFERENCES\n{ENTRIES}\n{heading}\n{PROSE}"
        assert parts(after) == ["body", "references", "appendix"], heading
        assert zone_of(after, heading) == APPENDIX, heading
        before = f"{PROSE}{heading}\n{PROSE}REFERENCES\n{ENTRIES}"
        assert parts(before) == ["body", "appendix", "references"], heading


def test_an_appendix_that_does_not_say_so() -> None:
    for heading in [
        "A ADDITIONAL EXPERIMENTS",
        "A  ADDITIONAL EXPERIMENTS",
        "A A DDITIONAL E XPERIMENTS",
        "A.1 IMPLEMENTATION DETAILS",
        "B.2 LEMMA 2 Proof. For any set, this holds.",
        "S1 Implementation details",
        "S2. Proofs",
        "A\nPROOFS",
        "B.\nPROOFS OF ALL THEOREMS",
        "S.1 QUALITATIVE RESULTS",
        "1 DATASET DESCRIPTION",
        "A New decision forests",
        "PROOF OF THEOREM 1",
        "720 A ADDITIONAL EXPERIMENTS",
        "Proof of Theorem 1. For any set, this holds.",
        "Figure 7: More samples of nothing.",
        "Table 3: All results.",
        "Algorithm 2 Learning of nothing",
        f"SUPPLEMENT {'AND PROOFS ' * 12}",
    ]:
        text = f"{PROSE}REFERENCES\n{ENTRIES}\n{heading}\n{LONG}"
        assert parts(text) == ["body", "references", "appendix"], heading
        assert divide(text).starts[2] == text.index(heading), heading


def test_prose_behind_the_entries_is_an_appendix_even_without_any_heading():
    text = f"{PROSE}REFERENCES\n{ENTRIES}\n{LONG}"
    assert parts(text) == ["body", "references", "appendix"]
    assert divide(text).starts[2] == text.index(ENTRIES) + len(ENTRIES) + 1


def test_citations_are_no_entries() -> None:
    for citation in ["(Nobody and Example 2016).", "by Nobody et al. (2016).", "(Nobody, 2016)."]:
        prose = f"It is easy to see that this is so and no other {citation}\n" * 40
        zones = divide(f"{PROSE}REFERENCES\n{ENTRIES}\n{prose}")
        assert zones.zones == (BODY, REFERENCES, APPENDIX), citation
        assert zones.starts[2] == len(f"{PROSE}REFERENCES\n{ENTRIES}\n"), citation


def test_no_heading_at_all():
    assert parts(PROSE) == ["body"]
    assert parts("") == ["body"]


def test_entries_without_a_heading():
    text = f"{LONG}\n{ENTRIES}\n{ENTRIES}\n{ENTRIES}\n{ENTRIES}"
    assert parts(text) == ["body", "references"]
    assert zone_of(text, "Nora") == REFERENCES


def test_two_lists_of_references():
    text = f"{PROSE}REFERENCES\n{ENTRIES}\nA PROOFS\n{PROSE}REFERENCES\n{LINES}"
    assert parts(text) == ["body", "references", "appendix", "references"]


def test_a_list_goes_on_behind_a_table():
    more = ENTRIES.replace("Nora", "Vera")
    text = f"{PROSE}REFERENCES\n{ENTRIES}\nTable 3: Results.\n{LONG}\f{more}\n{ENTRIES}"
    assert parts(text) == ["body", "references", "appendix", "references"]
    assert zone_of(text, "Vera") == REFERENCES


def test_a_list_that_a_table_keeps_from_its_heading():
    entries = "\n".join(
        f"N. Nobody. On nothing. CoRR, abs/1701.{number}, 2016. ISSN 1532-4435."
        for number in range(9)
    )
    first = "N. Nobody, O. Example. On nothing.\n7\n\fPassword 123\n"
    text = f"{PROSE}REFERENCES\n{first}{LONG}\n{entries}"
    assert zone_of(text, "CoRR") == zone_of(text, "1701.8") == REFERENCES
    assert zone_of(text, "at some length") == BODY


def test_a_block_of_line_numbers_does_not_end_a_list():
    numbers = "\n".join(str(number) for number in range(540, 900))
    text = f"{PROSE}REFERENCES\n{ENTRIES}\n\f{numbers}\n{ENTRIES}"
    assert parts(text) == ["body", "references"]


def test_long_lists_of_authors_neither_hide_nor_end_a_list() -> None:
    for name in ["Nora Nobody", "N. van der Nobody", "Nobody, N. O.", "Nobody N", "Ŋora No ́body"]:
        for per_line, breaks in [(7, ", "), (7, ",\n"), (3, ",\n"), (2, ", ")]:
            for count in [40, 1200]:
                lines = [", ".join([name] * per_line) for _ in range(0, count, per_line)]
                entry = f"{breaks.join(lines)}. A large model. Journal of Voids, 2024.\n"
                for entries in [entry + ENTRIES, ENTRIES + "\n" + entry, entry * 9]:
                    text = f"{PROSE}References\n{entries}\nA PROOFS\n{LONG}"
                    case = (name, per_line, breaks, count, entries[:20])
                    assert parts(text) == ["body", "references", "appendix"], case
                    assert abs(divide(text).starts[2] - text.index("A PROOFS")) <= 1, case


def test_styles_of_entries() -> None:
    for entry in [
        "[1] N. Nobody, O. Example: On nothing. J. Z. Kolter (2017)",
        "[1] N. Nobody, O. Example: On nothing. Annals (Aug 2013)",
        "[1] N. Nobody, O. Example: On nothing. Voids. In EMNLP.",
        "[1] N. Nobody, O. Example: 2014. Void. In ACL.",
        "N. Nobody: On nothing. Annals of voids and of nothing at all (Aug. 1992)",
        "N. Nobody: On nothing. Annals of voids and of nothing at all (Sept. 2013)",
        "N. Nobody, On nothing, Annals of voids 38 (2013) 6939-6944",
        "Nobody N, Example O (2013) On nothing that is in the annals. Voids 3:11-19",
        "Nobody, N., Example, O.\n(2013) On nothing that is in the annals of voids. Voids 3",
        "Nobody, N., & Example, O. (2013,\nJune). On nothing that is in the annals. Voids",
        "Nobody N, Example O. On nothing that is in the annals. Voids. 2013;3(2):11-19",
        "Example. On nothing that is in the annals of voids. Accessed: 2023-01-16",
        "N. Nobody. On nothing that is in the annals of voids, 2023 [Online]. Available: there",
        "N. Nobody. On nothing that is in the annals of voids, 2023 545",
    ]:
        for heading in [
            "A PROOFS",
            "A Additional proofs",
            "B.1 Proofs",
            "A Results on SET-10 (all)",
        ]:
            entries = "\n".join(entry.replace("[1]", f"[{number}]") for number in range(1, 40))
            text = f"{PROSE}References\n{entries}\n{heading}\n{LONG}"
            assert parts(text) == ["body", "references", "appendix"], (entry, heading)
            assert abs(divide(text).starts[2] - text.index(heading)) <= 1, (entry, heading)


def test_the_last_entry_ends_where_its_sentence_ends() -> None:
    entry = "Nobody, N. (2021). To be or not to be, a study"
    for tail in [
        "of nothing in sparse settings. Research in Voids,\n21(1):199.",
        "of Nothing in Sparse Settings,\nResearch in Voids.",
        "of nothing: http://\nnowhere.invalid/toolbox-of-nothing/. 14",
        "of nothing.\n[76] Nowhere. An example of a page. nowhere.invalid/toolbox",
        "\n18\n\fof nothing. 14",
        "of nothing. In: Voids. Nowhere Press, 2022,\npp. 2896–2906",
        "of nothing.\nSample, Q. et al. (2020). “On voids”. In: arXiv: 1601.0, pp. 9–\n11.",
    ]:
        text = f"{PROSE}References\n{ENTRIES}\n{entry}\n{tail}\n{{}}\n{LONG}"
        for after in ["Algorithm 1: No step at all.", "9\n\fOur appendix has more.", "A Proofs"]:
            zones = divide(text.format(after))
            assert zones.zones == (BODY, REFERENCES, APPENDIX), (tail, after)
            assert abs(zones.starts[2] - text.index("{}")) <= 2, (tail, after)


def test_a_list_of_contributors_is_an_appendix():
    names = "Nora Nobody, Otto Example, Quinn Sample,\n" * 40
    text = f"{PROSE}References\n{ENTRIES}\nA Contributors\n{names}{LONG}"
    assert divide(text).starts[2] == text.index("A Contributors")


def test_labels_between_the_last_entry_and_the_next_heading_are_no_entries():
    labels = "0.1 0.2 0.3 Train error Test error (a) Ours\n" * 8
    text = f"{PROSE}References\n{ENTRIES}\n\f{labels}Appendix\n{PROSE}"
    assert zone_of(text, "Train error") == APPENDIX
    text = f"{PROSE}References\n{ENTRIES}\nQuinn Sample. On voids. Forthcoming.\nAppendix\n{PROSE}"
    assert zone_of(text, "Forthcoming") == REFERENCES


def test_numbers_in_the_right_margin() -> None:
    text = (
        f"{PROSE}Acknowledgments\nWe thank nobody.\nReferences\n{ENTRIES}\n{ENTRIES}\n"
        f"Appendix\n{LONG}"
    )
    numbered = "\n".join(f"{line} {number}" for number, line in enumerate(text.split("\n"), 312))
    assert parts(numbered) == ["body", "other", "references", "appendix"]


def test_headings_behind_running_heads() -> None:
    heads = ["A PyTorch Study of Nothing in Graphs", "Nobody and Example", "On nothing at all"]
    for head in [*heads, "STUDIES OF NOTHING IN GRAPHS", "A DEEP STUDY OF NOTHING"]:
        pages = [
            f"1\n\f{head}\n{PROSE}",
            f"2\n\f{head}\nFurther it is so.\n{PROSE}",
            f"3\n\f{head}\nAcknowledgments\nThanks.\nReferences\n{ENTRIES}\n",
            f"4\n\f{head}\n{ENTRIES}\n5",
            f"\f6\n{head}\n{{}}\n{PROSE}",
        ]
        for heading in ["Appendix A. Details of it", "A Appendix", "Supplementary Material"]:
            text = "".join(pages).format(heading)
            found = [zone for zone in parts(text.replace(head, "")) if zone != "other"]
            assert found == ["body", "references", "appendix"], (head, heading)
            assert zone_of(text, "Thanks") == OTHER, (head, heading)
            assert divide(text).at(text.rindex("Nora")) == REFERENCES, (head, heading)
            assert zone_of(text, heading) == APPENDIX, (head, heading)


def test_a_heading_that_shares_its_line() -> None:
    for glued in [
        f"More is left for later work. REFERENCES\n{ENTRIES}",
        f"REFERENCES {ENTRIES}",
        f"7 REFERENCES {ENTRIES}",
        f"REFERENCES[1] {ENTRIES}",
        "More is left for later work. REFERENCES " + ENTRIES.replace(", ", ",\n"),
        f"Under review as a conference paper at ICLR 2018 REFERENCES {ENTRIES}",
        f"References {ENTRIES}",
    ]:
        text = f"{PROSE}{glued}"
        assert parts(text) == ["body", "references"], glued
        assert zone_of(text, "Nora") == REFERENCES, glued
        assert zone_of(text, "at some length") == BODY, glued


def test_words_that_are_no_headings() -> None:
    for text in [
        # a table of contents
        "CONTENTS\n1 Introduction 1\nReferences 12\nA Proofs 13\n",
        "CONTENTS\n1 Introduction . . . . . 1\nReferences . . . . . 12\nAppendix . . . . . 13\nA "
        "Proofs . . . . 13\n",
        "Contents\n1 Introduction 1\nReferences 9\nA Appendix 11\n",
        "CONTENTS\nIntroduction\n1\nREFERENCES\n9\nAppendix\n11\n",
        "Table of Contents\n1 Introduction . . . 1\n10\nREFERENCES . . . . . 9\nAPPENDIX 11\n",
        # sentences about another's appendix
        "It holds.\nAppendix of Nobody et al. (2017) shows it.\n",
        # words of a figure or of a table's head
        "Train error\nReference\nTest error\nFigure 5: Errors of nothing.\n",
        "Tag\nCRF\nReferences\nNobody et al. (2016) Example & Sample (2017)\n86.3\n",
        # sentences that extraction broke
        "The claim is proved in\nAppendix A.\nThe rest is easy.\n",
        "More is in\n\fthe\nSupplementary Material\nof this paper.\n",
        "The claim is proved in\n\nAppendix\n\nA.\n\nNote\n\nthat it holds.\n",
        "It is easy (see\nAppendix B). The rest is not.\n",
        "It holds.\nAppendix D describes the learning routine.\n",
        "We compare with what was found in\nreferences\nof others.\n",
        "It is so. REFERENCES And their uses were counted in 2017.\n",
        "It is so.\nReferences Are counted by Nobody et al. (2016) and Example (2017).\n",
        "We thank nobody in the\nacknowledgements\nof this paper.\n",
        "4.1.2 IMAGE CAPTIONING WITH MULTIPLE REFERENCES\nText.\n",
        "4.3 SUPPLEMENTAL ANALYSES\nText.\n",
        "LLM\nLarge Language Models\nare used by many.\n",
        "It is good.\nReferences\nOurs\nTheirs\n0.1\nFigure 5: Errors of nothing.\n",
        "Prior work. 3\nReferences 112\nIndex 119\n",
        "3.2 Safety Checklist\nIt lists what to look for.\n",
        "We answer the Reproducibility Checklist\nDid you do it? Do you say so?\n",
        "This happened in 2016. We saw it again in 2017. It ended in 2018.\n",
    ]:
        assert parts(f"{PROSE}{text}{LONG}") == ["body"], text


def test_acknowledgements_and_statements() -> None:
    for heading in [
        "ACKNOWLEDGMENTS",
        "A CKNOWLEDGEMENTS",
        "Acknowledgements",
        "7 ACKNOWLEDGMENTS",
        "ACKNOWLEDGMENTS AND DISCLOSURE OF FUNDING",
        "Acknowledgments. We thank Nobody for PyTorch.",
        "Acknowledgement Nora Nobody was supported by Keras.",
        "ACKNOWLEDGEMENTS The authors thank Nobody.",
        "致谢",
        "ETHICS STATEMENT",
        "Author Contributions",
        "6 Limitations and Broader Impact Statement",
        "Broader Impact",
        "7 BROADER IMPACT STATEMENT",
        "Impact Statement",
        "I MPACT S TATEMENT",
        "R EPRODUCIBILITY S TATEMENT",
        "Reproducibility Statement",
        "Reproducibility statement. All code is in Keras.",
        "THE USE OF LARGE LANGUAGE MODELS (LLMS)",
        "The Use of Large Language Models (LLMs)",
        "LLM USAGE STATEMENT",
    ]:
        before = f"{PROSE}{heading}\nWe thank nobody.\nREFERENCES\n{ENTRIES}\n"
        text = f"{before}A PROOFS\n{PROSE}{heading}\nSo.\nB MORE PROOFS\nEnd."
        assert parts(text) == ["body", "other", "references", "appendix", "other", "appendix"], (
            heading
        )


def test_acknowledgements_end_at_the_next_section_or_after_a_while():
    assert parts(f"{PROSE}ACKNOWLEDGMENTS\nThanks.\n6 CONCLUSION\n{PROSE}") == [
        "body",
        "other",
        "body",
    ]
    assert parts(f"{PROSE}ACKNOWLEDGMENTS\n{LONG * 4}") == ["body", "other", "body"]
    for thanks in [
        "The work of\nN. Nobody was there\nat all.",
        "N. Nobody gratefully acknowledges support by nobody\nat all.",
    ]:
        text = f"{PROSE}Acknowledgments\n{thanks}\nREFERENCES\n{ENTRIES}"
        assert parts(text) == ["body", "other", "references"], thanks


@pytest.mark.parametrize(
    "heading",
    [
        "NeurIPS Paper Checklist",
        "Checklist",
        "C HECKLIST",
        "Reproducibility Checklist",
        "F Submission Checklist",
        "Submission checklist",
        "8. Machine Learning Reproducibility Checklist",
        "ACL 2023 Responsible NLP Checklist",
        "Paper Checklist:",
    ],
)
def test_checklists(heading: str):
    questions = (
        "1. Claims\nQuestion: Is it true?\nAnswer: [Yes]\nB Did you do it? Yes.\n"
        "(c) Did you discuss it? [Yes] In the Broader\nImpact Statement\n"
        "2. Limitations\nQuestion: Is it PyTorch?\nAnswer: [NA]\n"
    )
    text = f"{PROSE}References\n{ENTRIES}\n{heading}\n{questions}"
    assert parts(text) == ["body", "references", "other"]
    assert parts(f"{text}A PROOFS\n{PROSE}") == ["body", "references", "other", "appendix"]
    assert parts(f"{text}Appendix\n{PROSE}") == ["body", "references", "other", "appendix"]


def test_running_heads_of_venues() -> None:
    for line in [
        "Under review as a conference paper at ICLR 2018",
        "Published as a conference paper at ICLR 2022",
        "Published as a workshop paper at “Bridging AI and Cognitive Science” (ICLR 2020)",
        "Presented at the ICLR 2020 workshop “Causal learning for decision making”",
        "Workshop track - ICLR 2017",
        "Preprint. Under review.",
        "Preprint",
        "34th Conference on Neural Information Processing Systems (NeurIPS 2020), Nowhere.",
        "Proceedings of the 36 th International Conference on Nothing, PMLR 97, 2019. Copyright "
        "2019 by the authors.",
    ]:
        pages = ["On nothing", f"{PROSE}REFERENCES\n{ENTRIES}\n", f"{ENTRIES}\n10\n", "A X\n"]
        text = "\f".join(f"{line}\n{page}" for page in pages)
        assert [divide(text).at(place) for place in places(text, line)] == [OTHER] * 4, line
        assert [divide(text).at(place + len(line) + 1) for place in places(text, line)] == [
            BODY,
            BODY,
            REFERENCES,
            REFERENCES,
        ], line


def places(text: str, part: str) -> list[int]:
    found = [text.find(part)]
    while (place := text.find(part, found[-1] + 1)) >= 0:
        found.append(place)
    return found


def test_running_heads_that_only_repetition_tells():
    pages = [f"{PROSE}{number}" for number in range(1, 8)]
    text = "\f".join(
        f"{number} A PyTorch Study of Nothing\n{page}" for number, page in enumerate(pages, 1)
    )
    zones = [divide(text).at(place) for place in places(text, "PyTorch")]
    assert zones == [BODY] + [OTHER] * 6


def test_running_heads_of_odd_and_even_pages():
    heads = ["A PyTorch Study of Nothing", "Nobody and Keras Example"]
    text = "\f".join(f"{heads[number % 2]}\n{'x' * number} {PROSE}" for number in range(6))
    assert [divide(text).at(place) for place in places(text, "PyTorch")] == [BODY, OTHER, OTHER]
    assert [divide(text).at(place) for place in places(text, "Keras")] == [BODY, OTHER, OTHER]


def test_words_repeated_in_tables_are_no_running_heads():
    text = "\f".join(
        f"{'x' * number} is new.\n{PROSE}TensorFlow\n0.{number}\nTensorFlow\n"
        for number in range(9)
    )
    assert parts(text) == ["body"]


def test_sentences_about_publication_are_no_running_heads():
    text = (
        f"{PROSE}Published work is plenty. We use Keras.\nPresented results are in Keras.\n{PROSE}"
    )
    assert parts(text) == ["body"]


# Properties

PIECES = [
    "REFERENCES\n",
    "References\n",
    "7 REFERENCES\n",
    "APPENDIX\n",
    "A PROOFS\n",
    "B.1 MORE PROOFS\n",
    "Appendix A.\n",
    "ACKNOWLEDGMENTS\n",
    "NeurIPS Paper Checklist\n",
    "Under review as a conference paper at ICLR 2018\n",
    "\f",
    "\n",
    " ",
    "12\n",
    "5 CONCLUSION\n",
    f"{ENTRIES}\n",
    f"{LINES}\n",
    "Nobody. Nothing, 2016.\n" * 8,
    "Figure 3: Nothing.\n",
    PROSE,
    LONG,
    "Nora N., Otto E., Paul P., Quinn S., ",
    "Nora Nobody, Otto Example,\n" * 30,
    "Checklist\nAnswer: [Yes] Answer: [No]\n",
    "\fA STUDY OF NOTHING\n",
    "in\nAppendix B. Proofs and\n",
    "参考文献\n",
    "𝕏é\ud800",
]
PAPERS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=30)), max_size=20).map(
    "".join
)


def covers(zones: Zones, length: int) -> bool:
    rising = all(one < two for one, two in pairwise(zones.starts)) and zones.starts[-1] < max(
        length, 1
    )
    differ = all(one != two for one, two in pairwise(zones.zones))
    return zones.starts[0] == 0 and rising and differ and len(zones.starts) == len(zones.zones)


@given(PAPERS)
def test_zones_cover_any_text_without_overlap(text: str):
    assert covers(divide(text), len(text))


@given(PAPERS, st.sampled_from(["APPENDIX", "A PROOFS"]), st.sampled_from(["\n", "\f"]), PAPERS)
def test_nothing_behind_the_end_changes_a_zone(paper: str, heading: str, end: str, more: str):
    text = f"{paper}\n{heading}\n{LONG}That is all."
    alone, together = divide(text), divide(f"{text}{end}{more}")
    assert [alone.at(place) for place in range(len(text))] == [
        together.at(place) for place in range(len(text))
    ]


@pytest.mark.growth
def test_time_grows_linearly() -> None:
    for piece in [
        "A",
        "A ",
        "Aa, ",
        "\n",
        "\f",
        "\n1 ",
        "\nA",
        "[1] ",
        "\n[1] ",
        "REFERENCES ",
        "REFERENCES\n",
        "References\n",
        "APPENDIX\n",
        "\nAPPENDIX . ",
        "Appendix\n\n",
        "ACKNOWLEDGMENTS\n",
        "Checklist\n",
        "2016. ",
        ", 2016.\n",
        ", 2016.\n" * 40 + "Table 3: No.\n" * 80,
        "REFERENCES\n" + ", 2016.\n" * 40 + "A PROOFS\n",
        "REFERENCES\n" + "arXiv " * 100,
        "\n100",
        "Under review as\n",
        "\fA running head 12\n",
        "Contents\nAPPENDIX 1\n",
        "Contents\n",
        "\nAa 1",
        "A\nA",
        "Aa Bb, ",
        "Aa, B., ",
        "Nora Nobody,\n" * 400 + "Checklist\n",
        "REFERENCES\n" + "2016. " + "\n" * 900,
        "Checklist\nAnswer: ",
        "\fA study of nothing\nAnd\n",
    ]:
        check_growth(
            repr(piece), lambda size, piece=piece: divide(repeated(piece, size)), 10_000, 80_000
        )


HEAD = "Under review as a conference paper at ICLR 2018\n"
TABLE = "Table 1: Accuracies.\nModel A\nSmall\n91.2\n90.8\nAdd on top\nLarge\n93.5\n92.7\n"
PAGES = [f"{HEAD}1 INTRODUCTION\n{PROSE}{TABLE}{LONG}As in Table 1.\n{TABLE}{LONG}2\n"] * 8
PAGES += [f"{HEAD}Acknowledgments\n{PROSE}REFERENCES\n" + f"{ENTRIES}\n" * 8]
PAGES += [f"{HEAD}{ENTRIES}\n{ENTRIES}\n{ENTRIES}\n{ENTRIES}\n"] * 2
PAGES += [f"{HEAD}A PROOFS\nAppendix A. Proofs\n{LONG}{TABLE}{LONG}"] * 4
USUAL = "\f".join([*PAGES, ""])
"""Pages as those of real papers, which take a little longer."""


@pytest.mark.growth
def test_headings_on_every_line_cost_at_most_twice_a_paper() -> None:
    size = 500_000
    paper = repeated(USUAL, size)
    for piece in [
        "REFERENCES\n",
        "7 REFERENCES\n",
        "References\n",
        "R EFERENCES\nx\n",
        "REFERENCES A\n",
        "end. REFERENCES [1] ",
        "参考文献\n",
        "BIBLIOGRAPHY\n",
        "APPENDIX\n",
        "Appendix A. Proofs\n",
        "ACKNOWLEDGMENTS\n",
        "ETHICS STATEMENT\n",
        "Checklist\n",
        "REFERENCES\nAPPENDIX\n",
        "REFERENCES\nACKNOWLEDGMENTS\nAPPENDIX\n",
        "Under review as a conference paper\n",
        "\fA running head of a page 12\n",
        "Contents\n",
        "Contents\nAPPENDIX 1\n",
        "Contents\n" + "A thing of which to write 12\n" * 10,
    ]:
        text = repeated(piece, size)
        check_cost(repr(piece), lambda text=text: divide(text), lambda: divide(paper), 2)


def test_a_bibliography_is_found_behind_headings_without_number() -> None:
    for crowd in ["REFERENCES\n" * 3, "References\n" * 3, "APPENDIX\n" * 9]:
        text = f"{PROSE}{crowd}REFERENCES\n{ENTRIES}\nA PROOFS\n{LONG}"
        assert zone_of(text, "Nora") == REFERENCES, crowd


@needs_shared
def test_only_in_the_references_agrees_with_hand_labels():
    with (SHARED / "gold" / "mentions-2018.tsv").open(encoding="utf-8") as file:
        labels = [
            row
            for row in csv.DictReader(file, delimiter="\t")
            if row["software"] == "Y" and row["refs_only"] in "YN"
        ]
    texts = read_texts(2018, {row["paper"] for row in labels})
    matcher = Matcher(load_lexicon(ROOT / "data" / "frameworks.toml").frameworks)
    found = {
        paper: [(mention.framework, zones.at(mention.start)) for mention in matcher.find(text)]
        for paper, text in texts.items()
        for zones in [divide(text)]
    }
    agree = []
    for row in labels:
        zones = {zone for framework, zone in found[row["paper"]] if framework == row["framework"]}
        if zones:
            agree.append(zones.isdisjoint({BODY, APPENDIX}) == (row["refs_only"] == "Y"))
    assert len(agree) > 340
    assert sum(agree) / len(agree) >= 0.99


def read_texts(year: int, papers: set[str]) -> dict[str, str]:
    with tarfile.open(SHARED / "iclr" / f"iclr-{year}-texts.tar.xz") as archive:
        files = {
            Path(member.name).stem: archive.extractfile(member)
            for member in archive
            if Path(member.name).stem in papers
        }
        return {
            paper: next(read_text_file(file.read())).text for paper, file in files.items() if file
        }
