"""Lists begin with the current term.

A list whose rows belong to classes shows those of the current term, and of classes without one,
until the address says otherwise (`?term=`): an id, `all`, or `none`. The default gives way where
the address already asks for one class or assignment, or for dates, which may be of any term.
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

# What a list's rows have -> the model that leads on to the class.
STEPS = {"class_session": ClassSession, "assignment": Assignment}


class TermFilter(DropdownFilter):
    """The term of a class; `path` leads from a row to its class, None for classes themselves."""

    title = gettext_lazy("term")
    parameter_name = "term"
    all_option = None
    path = "school_class"
    # Parameters with which somebody asks for rows of whatever term.
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
        """Return what the line above the list says: which term, and the way to others."""
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
        """Return where the default leads; where it gives way, the current term by its id."""
        if self.is_narrowed:
            return None
        return changelist.get_query_string(remove=["term"])

    def _nearby(self):
        """Return the terms next to the current one; it too, where only its id asks for it."""
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
        """Return the condition on the list's rows that stands for one on their classes.

        COALESCE keeps PostgreSQL from making a join of it, after which it would sort the whole
        school: so it looks the ids up once, and reads the list in the order of its own index. For
        a teacher's few classes the ids are told one by one: then an index finds their rows, where
        the count would else read the school's.
        """
        if self.path is None:
            return condition
        found = SchoolClass.all_objects.filter(condition).order_by().values("pk")
        first, *others = self.path.split("__")
        if others:
            found = STEPS[first].objects.filter(school_class__in=found).order_by().values("pk")
        if request.user.is_teacher:
            return Q(**{f"{first}__in": list(found.values_list("pk", flat=True))})
        inside = ExpressionWrapper(Q(**{f"{first}__in": found}), BooleanField())
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
