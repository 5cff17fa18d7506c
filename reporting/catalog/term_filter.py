"""The filter that selects the rows of a term's classes."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics.models import SchoolClass, Term
from academics.selectors.terms import ALL, NONE, current_of, title_of
from core import rls
from reporting.catalog import periods
from reporting.catalog.filters import Filter

CURRENT, WITH_NONE = "current", ",none"


@dataclass(frozen=True, kw_only=True)
class TermFilter(Filter):
    """Rows of the classes of a term; a school without terms has nothing to choose.

    As in lists (academics.admin.term_filter) the default is the current term with classes without
    a term, or all terms if the filters name days. `period` is the report's default period, "" if it
    has none. The default is not stored, so that a saved filter or a schedule moves on with the
    calendar; the file of a schedule gets the term as `<id>,none`.
    """

    name: str = "term"
    column: str = "class_id"
    label: str = gettext_lazy("Term")
    period: str = periods.ALL

    def clean(self, text):
        text = text.casefold()
        if text in (CURRENT, ALL, NONE):
            return text
        plain = text.removesuffix(WITH_NONE)
        for term in _terms():
            if plain in (str(term.pk), term.name.casefold(), title_of(term).casefold()):
                return text.replace(plain, str(term.pk))
        raise ValidationError({self.name: _("There is no such term.")})

    def is_offered(self):
        return Term.objects.exists()

    def is_narrowed(self, values):
        """Return whether the values ask for other days than the report's default."""
        period = values.get("period") or self.period
        own_days = bool(values.get("from") or values.get("to"))
        return own_days or period not in (self.period, periods.THIS_TERM)

    def asked(self, values):
        """Return the requested term: an id, or one of the three words."""
        return values.get(self.name) or (ALL if self.is_narrowed(values) else CURRENT)

    def settled(self, values):
        return {self.name: self.asked(values)}

    def describe(self, values):
        terms, asked = _terms(), self.asked(values)
        if not terms or (asked == ALL and self.name not in values):
            return ""
        if asked in (ALL, NONE):
            return _("All terms") if asked == ALL else _("Without a term")
        term, with_none = _find_term(terms, asked)
        if term is None or not with_none:
            return title_of(term) if term else ""
        return _("%(term)s, and classes without a term") % {"term": title_of(term)}

    def resolved(self, values):
        """Return {parameter: text} of today's current term, if the values ask for it."""
        terms = _terms() if self.asked(values) == CURRENT else []
        if not terms:
            return {}
        return {self.name: f"{_find_term(terms, CURRENT)[0].pk}{WITH_NONE}"}

    def choices(self, values=None):
        """Return the choices of a form: for a page with these `values`, or for a schedule."""
        if values is None and self.period:
            default = _("The current term; all terms for days of your own")
        elif self.is_narrowed(values or {}):
            default = _("All terms, for these days")
        else:
            default = _("The current term")
        words = {ALL: _("All terms"), NONE: _("Without a term")}
        if default != _("The current term"):
            words = {CURRENT: _("The current term"), **words}
        terms = [(str(term.pk), title_of(term)) for term in _terms()]
        return [("", default), *words.items(), *terms]

    def where(self, values):
        ids = self.class_ids(values)
        return ("", []) if ids is None else (f"{self.column} = any(%s::uuid[])", [ids])

    def class_ids(self, values):
        """Return the ids of the term's classes that the reader may see; None for all classes.

        A list of ids, because the planner misjudges a subquery and sorts all rows of the school.
        """
        asked = self.asked(values)
        terms = [] if asked in (ALL, NONE) else _terms()
        if asked == ALL or (asked == CURRENT and not terms):
            return None
        term, with_none = _find_term(terms, asked)
        which = Q(term=term)
        if with_none:
            which |= Q(term=None)
        classes = SchoolClass.all_objects.filter(which).order_by()
        return [str(pk) for pk in classes.values_list("pk", flat=True)]


@dataclass(frozen=True, kw_only=True)
class PeriodTermFilter(TermFilter):
    """The term that a view summarizes; it reads app.period_classes."""

    column: str = ""

    def where(self, values):
        return "", []

    def settings(self, values):
        ids = self.class_ids(values)
        return {"app.period_classes": "" if ids is None else "{" + ",".join(ids) + "}"}


def _terms():
    return list(Term.objects.select_related("academic_year"))


def _find_term(terms, asked):
    """Return (the term or None, whether classes without a term are included)."""
    if asked == CURRENT:
        return current_of(terms, rls.current_tenant().today()), True
    term_id = asked.removesuffix(WITH_NONE)
    return next((term for term in terms if str(term.pk) == term_id), None), term_id != asked
