"""Compiled templates (core.compiled): pieces of Unfold's look are as Unfold draws them."""

from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.template import Context, Template, engines
from django.template.loader import get_template
from django.utils import translation
from jinja2 import nodes


class Markup(HTMLParser):
    """Tags with their attributes, and texts, without the space between them."""

    def __init__(self, text):
        super().__init__()
        self.items = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.items.append((tag, {name: " ".join((value or "").split()) for name, value in attrs}))

    def handle_endtag(self, tag):
        self.items.append(f"/{tag}")

    def handle_data(self, data):
        self.items += data.split()


def of_macro(call):
    engine = get_template("core/macros.jinja", using="jinja2").template.environment
    source = f'{{% from "core/macros.jinja" import button, keep %}}{{{{ {call} }}}}'
    return Markup(engine.from_string(source).render()).items


def of_django(source):
    return Markup(Template(source).render(Context())).items


BUTTON = '{% load unfold %}{% component "unfold/components/button.html" with '


@pytest.mark.parametrize(
    ("call", "tag"),
    [
        ('button("Save", variant="primary")', 'submit=1 variant="primary"'),
        ('button("Save")', 'submit=1 variant="default"'),
        ('button("Save", flag="data-save")', 'submit=1 variant="default" extra_attrs="data-save"'),
        ('button("Save", href="/x/?a=1&b")', 'href="/x/?a=1&b" variant="default"'),
        (
            'button("Save", name="answer", value="no", icon="edit")',
            'submit=1 variant="default" name="answer" value="no" icon="edit"',
        ),
        (
            'button("Save", variant="primary", form="user_form", name="_save", classes="w-full")',
            'submit=1 variant="primary" form="user_form" name="_save" class="w-full"',
        ),
        (
            'button("Save", variant="danger", href="/x/", classes="mr-auto")',
            'href="/x/" variant="danger" class="mr-auto"',
        ),
    ],
)
def test_a_button_is_unfolds(call, tag):
    assert of_macro(call) == of_django(f"{BUTTON}{tag} %}}Save{{% endcomponent %}}")


def test_a_form_says_the_same_when_it_was_not_sent():
    assert of_macro('keep("alert")') == of_django(
        '{% include "core/includes/keep.html" with look="alert" %}'
    )


def test_a_text_of_somebody_is_no_markup():
    assert of_macro("""button('<b odd>"')""")[-3:] == ["<b", 'odd>"', "/button"]


def test_words_are_those_of_the_readers_language():
    engine = get_template("core/macros.jinja", using="jinja2").template.environment
    template = engine.from_string('{{ _("Save") }}: {% trans name="<b>" %}{{ name }}{% endtrans %}')
    with translation.override("de"):
        assert template.render() == "Sichern: &lt;b&gt;"
    assert template.render() == "Save: &lt;b&gt;"


def test_every_compiled_template_uses_filters_that_there_are():
    environment = engines["jinja2"].env
    for path in sorted((settings.BASE_DIR / "templates").rglob("*.jinja")):
        used = {node.name for node in environment.parse(path.read_text()).find_all(nodes.Filter)}
        assert used <= environment.filters.keys(), path


def test_a_template_starts_with_a_plain_copy_of_what_every_template_knows():
    """Jinja2's ChainMap is as right, and slow: each include copies it."""
    template = get_template("core/macros.jinja", using="jinja2").template
    assert type(template.globals) is dict
    assert template.globals == template.environment.globals
    assert template.globals is not template.environment.globals
