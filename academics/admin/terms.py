"""Academic years and their terms."""

from django.contrib import admin
from django.db.models import Count, Q
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from academics.models import AcademicYear, Term
from core.admin.base import SchoolModelAdmin, SchoolTabularInline
from core.defaults import today


class TermInline(SchoolTabularInline):
    """The terms of a year."""

    model = Term
    fields = ["name", "start_date", "end_date", "row_link"]
    readonly_fields = ["row_link"]
    ordering = ["start_date", "id"]
    extra = 0


@admin.register(AcademicYear)
class AcademicYearAdmin(SchoolModelAdmin):
    """School years, with their terms."""

    list_display = ["name", "start_date", "end_date", "shown_terms"]
    ordering = ["-start_date", "id"]
    sortable_by = ["start_date"]
    search_fields = ["name"]
    inlines = [TermInline]
    fields = ["name", ("start_date", "end_date")]
    empty_hint = _(
        "Add the school year with its terms. Lists then begin with the current term, and classes"
        " can be rolled over into the next one."
    )

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(term_count=Count("terms"))

    @display(description=_("terms"))
    def shown_terms(self, obj):
        return obj.term_count


@admin.register(Term)
class TermAdmin(SchoolModelAdmin):
    """Terms; classes belong to one."""

    list_display = [
        "name",
        "academic_year",
        "start_date",
        "end_date",
        "shown_when",
        "shown_classes",
    ]
    list_select_related = ["academic_year"]
    ordering = ["-start_date", "id"]
    sortable_by = ["start_date"]
    search_fields = ["name"]
    fields = ["academic_year", "name", ("start_date", "end_date")]
    actions_list = ["place_classes"]
    actions_detail = ["roll_over", "classes_of_term"]
    empty_hint = _(
        "Terms divide the school year. Once there are some, classes belong to one, lists begin with"
        " the current one, and classes can be rolled over into the next."
    )

    def get_queryset(self, request):
        classes = Count("classes", filter=Q(classes__deleted_at=None))
        return super().get_queryset(request).annotate(class_count=classes)

    @display(description=_("classes"))
    def shown_classes(self, obj):
        return obj.class_count

    @display(
        description=_("when"),
        label={"current": "success", "coming": "info", "over": ""},
    )
    def shown_when(self, obj):
        day = today()
        if obj.end_date < day:
            return "over", _("Over")
        return ("coming", _("To come")) if obj.start_date > day else ("current", _("Current"))

    def has_roll_over_permission(self, request, object_id=None):
        """Who may add classes may copy them."""
        return request.user.has_perm("academics.add_schoolclass")

    @action(
        description=_("Put classes into terms"),
        icon="event_available",
        permissions=["roll_over"],
        url_path="place-classes",
    )
    def place_classes(self, request):
        return redirect("admin:place_classes")

    @action(
        description=_("Roll over into the next term"),
        icon="redo",
        permissions=["roll_over"],
        url_path="to-rollover",
    )
    def roll_over(self, request, object_id):
        return redirect("admin:rollover", object_id)

    @action(description=_("Its classes"), icon="school", url_path="to-classes")
    def classes_of_term(self, request, object_id):
        address = redirect("admin:academics_schoolclass_changelist")
        address["Location"] += f"?term={object_id}"
        return address
