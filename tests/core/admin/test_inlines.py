"""The rows of other tables in a record's form, which a compiled template draws."""

from html.parser import HTMLParser

from django.contrib import admin
from django.urls import reverse
from unfold.admin import StackedInline

from core.admin.base import SchoolTabularInline


def inlines():
    admin.site.urls  # noqa: B018 - registers
    return [inline for model in admin.site._registry.values() for inline in model.inlines]


def test_no_inline_has_what_its_template_leaves_out():
    """Sorting, nested rows, titles, pages and folding: Unfold's own template has them."""
    assert inlines() != []
    for inline in inlines():
        assert issubclass(inline, SchoolTabularInline), inline
        assert not issubclass(inline, StackedInline), inline
        assert inline.hide_title, inline
        assert not inline.ordering_field, inline
        assert not getattr(inline, "inlines", None), inline
        assert not inline.per_page, inline
        assert "collapse" not in (inline.classes or ()), inline


class Rows(HTMLParser):
    """The classes of each row's body."""

    def __init__(self, text):
        super().__init__()
        self.classes = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        classes = (dict(attrs).get("class") or "").split()
        if tag == "tbody" and "form-group" in classes:
            self.classes.append(
                {"original", "template", "last", "empty-form"}.intersection(classes)
            )


def test_the_last_row_is_the_pattern_of_new_ones(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    page = client.get(reverse("admin:core_user_change", args=[cast.a.student.pk]))
    guardians = page.content.decode().partition('id="guardian_links-data"')[2]
    rows = Rows(guardians.partition("</table>")[0]).classes
    assert rows == [{"original", "last"}, {"template", "empty-form"}]


def test_a_wrong_value_is_explained_at_its_field(client, cast, sign_in):
    sign_in(client, cast.a, cast.a.admin)
    url = reverse("admin:core_user_change", args=[cast.a.student.pk])
    page = client.get(url).content.decode()
    prefix = "guardian_links-0"
    sent = {
        "guardian_links-TOTAL_FORMS": "1", "guardian_links-INITIAL_FORMS": "1",
        f"{prefix}-relation": "nobody",
    }  # fmt: skip
    for name in ("id", "student"):
        field = f'name="{prefix}-{name}" value="'
        sent[f"{prefix}-{name}"] = page.partition(field)[2].partition('"')[0]
    answer = client.post(url, sent).content.decode()
    assert f'id="id_{prefix}-relation_error"' in answer
    assert f'aria-describedby="id_{prefix}-relation_error"' in answer
