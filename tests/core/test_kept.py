"""What is drawn once is drawn from its named values alone (core.templatetags.kept)."""

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation

from core.templatetags.kept import AT_MOST


def drawn(template, **values):
    return template.render(Context(values))


def test_a_block_sees_its_named_values_and_nothing_else():
    template = Template("{% load kept %}{% kept look=look %}{{ look }}|{{ user }}{% endkept %}")
    assert drawn(template, look="plain", user="Ada") == "plain|"


def test_a_block_is_drawn_once_for_each_value():
    template = Template("{% load kept %}{% kept look=look %}{{ look.word }}{% endkept %}")

    class Look:
        asked = 0

        @property
        def word(self):
            self.asked += 1
            return f"drawn {self.asked}"

    first, other = Look(), Look()
    assert [drawn(template, look=look) for look in (first, first, other)] == ["drawn 1"] * 3
    assert (first.asked, other.asked) == (1, 1)


def test_a_block_is_drawn_for_each_language(after_midnight):
    template = Template("{% load kept %}{% kept %}{% now 'F' %}{% endkept %}")
    assert drawn(template) == "March"
    with translation.override("de"):
        assert drawn(template) == "März"
    assert drawn(template) == "March"


def test_a_block_does_not_keep_without_end():
    template = Template("{% load kept %}{% kept number=number %}{{ number }}{% endkept %}")
    for number in range(AT_MOST + 5):
        assert drawn(template, number=number) == str(number)
    [block] = template.nodelist.get_nodes_by_type(type(template.nodelist[-1]))
    assert len(block.texts) == 5


def test_a_value_needs_a_name():
    with pytest.raises(TemplateSyntaxError, match="name=value"):
        Template("{% load kept %}{% kept user %}{% endkept %}")
