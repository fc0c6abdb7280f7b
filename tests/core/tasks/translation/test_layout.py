"""Taking a text apart and putting it together again."""

from __future__ import annotations

from core.tasks.translation.layout import LONGEST, Piece, put_together, take_apart

TEXT = "  A title\n\nFirst sentence. Second one!\n\n\tThird 😀 one?\r\nLast\n"


def test_unchanged_sentences_give_the_text_back():
    pieces, tail = take_apart(TEXT, "en")
    assert put_together(pieces, tail, [p.text for p in pieces], "en") == TEXT


def test_paragraphs_and_indentation_stay_where_they_were():
    pieces, tail = take_apart(TEXT, "en")
    out = put_together(pieces, tail, list("12345"), "fr")
    assert out == "  1\n\n2 3\n\n\t4\r\n5\n"


def test_characters_that_belong_to_a_sentence_end_no_line():
    pieces, _tail = take_apart("It rains\x85 and rains\x0c and rains.\nWe go.", "en")
    assert [piece.text for piece in pieces] == ["It rains\x85 and rains\x0c and rains.", "We go."]


def test_sentences_of_an_unspaced_script_get_blanks_in_a_spaced_one():
    pieces, tail = take_apart("今天下雨。我们回家。", "zh")
    assert put_together(pieces, tail, ["It rains.", "We go home."], "en") == "It rains. We go home."


def test_sentences_lose_the_blank_between_them_in_an_unspaced_script():
    pieces, tail = take_apart("It rains. We go home.", "en")
    assert put_together(pieces, tail, ["下雨了。", "我们回家。"], "zh") == "下雨了。我们回家。"


def test_a_piece_without_letters_is_not_translated():
    assert not Piece("", "12:30 😀 —").translatable


def test_an_endless_sentence_is_cut_at_a_comma():
    pieces, _ = take_apart("word " * 90 + "end, " + "more " * 90, "en")
    assert pieces[0].text.endswith("end,")


def test_a_text_without_any_blank_is_cut_anyway():
    pieces, _ = take_apart("a" * (3 * LONGEST + 7), "en")
    assert [len(p.text) for p in pieces] == [LONGEST, LONGEST, LONGEST, 7]


def test_a_text_of_blanks_has_no_pieces():
    assert take_apart(" \n ", "en") == ([], " \n ")
