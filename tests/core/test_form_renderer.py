"""Compiled widgets are drawn as the templates that they stand for (core.form_renderer)."""

import re

import pytest
from django import forms
from django.template.loader import get_template
from unfold import widgets

from core.form_renderer import FormRenderer, _template

CHOICES = [("", "None <yet>"), ("Group & more", [("a", "A"), ("b", '"B"')]), ("c", "C")]


class Everything(forms.Form):
    line = forms.CharField(widget=widgets.UnfoldAdminTextInputWidget, max_length=20)
    lines = forms.CharField(widget=widgets.UnfoldAdminTextareaWidget)
    whole = forms.IntegerField(widget=widgets.UnfoldAdminIntegerFieldWidget, min_value=1)
    day = forms.DateField(widget=widgets.UnfoldAdminDateWidget)
    clock = forms.TimeField(widget=widgets.UnfoldAdminTimeWidget)
    chosen = forms.ChoiceField(choices=CHOICES, widget=widgets.UnfoldAdminSelectWidget)
    several = forms.MultipleChoiceField(
        choices=CHOICES, widget=widgets.UnfoldAdminSelectMultipleWidget
    )
    only = forms.ChoiceField(choices=CHOICES[2:], widget=widgets.UnfoldAdminRadioSelectWidget)
    sure = forms.BooleanField(widget=widgets.UnfoldBooleanWidget)
    hidden = forms.CharField(widget=forms.HiddenInput)
    plain = forms.ChoiceField(choices=CHOICES)


VALUES = {
    "line": 'Ada "Countess" <b>',
    "lines": "one\n</textarea><b>two",
    "whole": 1234,
    "day": "2026-03-09",
    "clock": "08:30",
    "chosen": "b",
    "several": ["a", "c"],
    "only": "c",
    "sure": True,
    "hidden": "'&",
    "plain": "c",
}


def squeezed(html):
    html = re.sub(r"\s+", " ", html).replace("&#34;", "&quot;").replace("&#x27;", "&#39;")
    return re.sub(r" ?([<>]) ?", r"\1", html).strip()


@pytest.mark.parametrize("values", [VALUES, {}], ids=["filled", "empty"])
@pytest.mark.parametrize("name", Everything.base_fields)
def test_a_widget_is_drawn_as_before(name, values):
    ours = Everything(initial=values)
    theirs = Everything(initial=values, renderer=forms.renderers.TemplatesSetting())
    assert isinstance(ours.renderer, FormRenderer)
    assert squeezed(str(ours[name])) == squeezed(str(theirs[name]))


class Hostile(forms.Form):
    line = forms.CharField(
        label="<b odd>\"&'?", widget=forms.TextInput(attrs={"title": '"><b odd>', "<odd>": "x"})
    )


def test_labels_and_attributes_stay_texts():
    """Labels are typed by schools (core.models.PersonField).

    Django escapes those that it puts a colon behind, so this one asks a question.
    """
    ours = Hostile()["line"]
    theirs = Hostile(renderer=forms.renderers.TemplatesSetting())["line"]
    for drawn, expected in ((ours, theirs), (ours.label_tag(), theirs.label_tag())):
        assert squeezed(str(drawn)) == squeezed(str(expected))
        assert "<b odd>" not in str(drawn)


def test_what_has_no_compiled_template_is_drawn_by_djangos():
    assert _template("django/forms/div.html").template.name == "django/forms/div.html"
    url = "unfold/widgets/url.html"
    assert _template(url).origin.name == get_template(url).origin.name
