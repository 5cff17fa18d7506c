"""Lists are filtered by the current term at first.

A list whose rows belong to classes shows those of the current term, and of classes without a term,
unless `?term=` is an id, `all` or `none`. There is no default if the address already filters by
a class, an assignment or dates, which may be of any term.
"""

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, ExpressionWrapper, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

from academics.models import Assignment, ClassSession, SchoolClass, Term
from academics.selectors.terms import ALL, NONE, current_of, terms_of, title_of
from core.defaults import today

# Foreign key of a list's rows -> the model that refers to the class.
STEPS = {"class_session": ClassSession, "assignment": Assignment}


class TermFilter(DropdownFilter):
    """The term of a class; `path` leads from a row to its class, None for classes themselves."""

    title = gettext_lazy("term")
    parameter_name = "term"
    all_option = None
    path = "school_class"
    # Parameters that filter by something of any term.
    narrower = ("school_class__id__exact",)

    def __init__(self, request, params, model, model_admin):
        self.terms = terms_of(request)
        self.current = current_of(self.terms, today())
        dates = getattr(model_admin, "date_hierarchy", None)
        self.is_narrowed = any(request.GET.get(name) for name in self.narrower) or (
            dates is not None and any(key.startswith(f"{dates}__") for key in request.GET)
        )
        self.all_option = ["", _("The current term")]
        super().__init__(request, params, model, model_admin)

    def lookups(self, request, model_admin):
        if not self.terms:
            return []
        return [
            (ALL, _("All terms")),
            *((str(term.pk), title_of(term)) for term in self.terms),
            (NONE, _("Without a term")),
        ]

    @staticmethod
    def describe(value):
        """Return what a value of the parameter means, in words."""
        words = {ALL: _("All terms"), NONE: _("Without a term")}
        if value in words:
            return words[value]
        try:
            return title_of(Term.objects.select_related("academic_year").get(pk=value))
        except (Term.DoesNotExist, ValidationError, TypeError):
            return _("no longer there")

    @property
    def is_default(self):
        """Whether the rows are those of the current term because nobody asked for another."""
        return not self.value() and self.current is not None and not self.is_narrowed

    @property
    def chosen(self):
        """The term whose rows are shown; None for all, or those without."""
        if self.is_default:
            return self.current
        return next((term for term in self.terms if str(term.pk) == self.value()), None)

    def scope(self, changelist):
        """Return the context of the line above the list: its term, and links to other terms."""
        chosen = self.chosen
        if chosen is not None:
            title = title_of(chosen)
        else:
            title = _("Without a term") if self.value() == NONE else _("All terms")
        links = [
            (title_of(term), changelist.get_query_string({"term": str(term.pk)}))
            for term in self._nearby()
            if term != chosen
        ]
        every = changelist.get_query_string({"term": ALL})
        return {
            "template": "academics/term_choices.html",
            "title": title,
            "is_default": self.is_default,
            "is_narrowed": self.is_narrowed and not self.value(),
            "is_limited": chosen is not None or self.value() == NONE,
            "current": None if chosen == self.current else self._current_link(changelist),
            "links": links,
            "every": every,
        }

    def _current_link(self, changelist):
        """Return the link to the default, or None where a parameter suspends it."""
        if self.is_narrowed:
            return None
        return changelist.get_query_string(remove=["term"])

    def _nearby(self):
        """Return the terms next to the current one, and that one if only its id selects it."""
        place = self.terms.index(self.current)
        near = reversed(self.terms[max(place - 1, 0) : place + 2])
        return [term for term in near if term != self.current or self.is_narrowed]

    def queryset(self, request, queryset):
        value = self.value()
        if self.is_default:
            return queryset.filter(self._of(request, Q(term=self.current) | Q(term=None)))
        if value in (None, "", ALL):
            return queryset
        if value == NONE:
            return queryset.filter(self._of(request, Q(term=None)))
        if self.chosen is None:
            raise IncorrectLookupParameters
        return queryset.filter(self._of(request, Q(term=self.chosen)))

    def _of(self, request, condition):
        """Return the condition on the list's rows for a condition on their classes.

        COALESCE keeps PostgreSQL from turning it into a join, which would sort the whole school:
        it looks the ids up once, and reads the list in the order of its index. A teacher's few
        classes are listed as ids: an index then finds their rows, instead of counting the
        school's.
        """
        if self.path is None:
            return condition
        ids = SchoolClass.all_objects.filter(condition).order_by().values("pk")
        first, *others = self.path.split("__")
        if others:
            ids = STEPS[first].objects.filter(school_class__in=ids).order_by().values("pk")
        if request.user.is_teacher:
            return Q(**{f"{first}__in": list(ids.values_list("pk", flat=True))})
        inside = ExpressionWrapper(Q(**{f"{first}__in": ids}), BooleanField())
        return Coalesce(inside, Value(False))


class ClassesTermFilter(TermFilter):
    path = None
    narrower = ()


class SessionTermFilter(TermFilter):
    """Of what belongs to a class session."""

    path = "class_session__school_class"
    narrower = ("class_session__school_class__id__exact", "class_session__id__exact")


class WorkTermFilter(TermFilter):
    """Of what belongs to an assignment."""

    path = "assignment__school_class"
    narrower = ("assignment__id__exact",)
