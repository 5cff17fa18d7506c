import pytest

from exchange.cells import neutralise, restore


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "'=1", "''+1"])
def test_a_formula_gets_an_apostrophe_and_loses_it_again(text):
    assert neutralise(text) == f"'{text}"
    assert restore(neutralise(text)) == text


@pytest.mark.parametrize("text", ["", "plain", "a=b", "'quoted'", "O'Neill", "1-2", "ä@b"])
def test_other_text_stays_as_it_is(text):
    assert neutralise(text) == text
    assert restore(text) == text


def test_numbers_are_not_text():
    assert neutralise(-5) == -5


def test_control_characters_are_removed():
    assert neutralise("a\x00b\x0bc\nd") == "abc\nd"
    assert neutralise("\x01=1") == "'=1"
