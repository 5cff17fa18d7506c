"""Year groups in their order, and homerooms with their teachers and students."""

from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Count, Max, Prefetch, Q
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display

from core import groups
from core.admin.base import SchoolModelAdmin, SchoolTabularInline
from core.models import Homeroom, HomeroomTeacher, User, YearGroup

PRESENT = Q(students__status=User.Status.ACTIVE, students__deleted_at=None)


class GroupAdmin(SchoolModelAdmin):
    """What year groups and homerooms have in common: their students."""

    actions_detail = ["add_students", "list_of_students"]

    def get_list_display(self, request):
        """Leave out what a teacher would see a part of only: students and colleagues."""
        return self.list_display if request.user.is_office else self.list_display[:2]

    def autocomplete_rows(self, request):
        """Return them in their order, without the counts of the list."""
        return self.visible_rows(request)

    @display(description=gettext_lazy("students"))
    def shown_students(self, obj):
        return obj.student_count

    def has_add_students_permission(self, request, object_id=None):
        return request.user.has_perm("core.change_user")

    @action(
        description=gettext_lazy("Add students"),
        icon="person_add",
        permissions=["add_students"],
        url_path="to-students",
    )
    def add_students(self, request, object_id):
        """Choose them, or paste a list."""
        return self._go("admin:place_students", object_id)

    @action(
        description=gettext_lazy("Its students as a list"), icon="group", url_path="to-people-list"
    )
    def list_of_students(self, request, object_id):
        return self._go("admin:core_user_changelist", object_id)

    def _go(self, page, object_id):
        """Go to a page for this group."""
        query = urlencode({"group": groups.value_of(self.model(pk=object_id))})
        return redirect(f"{reverse(page)}?{query}")


@admin.register(YearGroup)
class YearGroupAdmin(GroupAdmin):
    """The years of the school, the youngest first."""

    list_display = ["name", "position", "shown_homerooms", "shown_students"]
    list_editable = ["position"]
    ordering = ["position", "name", "id"]
    sortable_by: list[str] = []
    search_fields = ["name"]
    fieldsets = [
        (
            None,
            {
                "fields": [("name", "position")],
                "description": gettext_lazy(
                    "The youngest first: students move on to the next larger place."
                ),
            },
        )
    ]
    empty_hint = gettext_lazy(
        "Add the years of the school in their order, the youngest first. The roll-over into the"
        " next school year moves the students of each to the next."
    )

    def get_queryset(self, request):
        present = Count("students", filter=PRESENT, distinct=True)
        rooms = Prefetch("homerooms", Homeroom.objects.order_by("name", "id"))
        return super().get_queryset(request).annotate(student_count=present).prefetch_related(rooms)

    def get_changeform_initial_data(self, request):
        """Propose the place after the last."""
        last = YearGroup.objects.aggregate(last=Max("position"))["last"] or 0
        return {"position": last + 1} | super().get_changeform_initial_data(request)

    @display(description=gettext_lazy("homerooms"))
    def shown_homerooms(self, obj):
        return ", ".join(room.name for room in obj.homerooms.all())


class HomeroomTeacherInline(SchoolTabularInline):
    """Who leads the homeroom."""

    model = HomeroomTeacher
    fields = ["teacher"]
    fixed_fields = ["teacher"]
    autocomplete_fields = ["teacher"]
    select_related = ["teacher"]
    ordering = ["created_at", "id"]
    verbose_name = gettext_lazy("teacher")
    verbose_name_plural = gettext_lazy("teachers; they see its students and whom to call")


@admin.register(Homeroom)
class HomeroomAdmin(GroupAdmin):
    """Homerooms, with who leads them and who is in them."""

    list_display = ["name", "year_group", "shown_teachers", "shown_students"]
    list_filter = [("year_group", AutocompleteSelectFilter)]
    list_select_related = ["year_group"]
    ordering = ["year_group__position", "name", "id"]
    sortable_by = ["name", "year_group"]
    search_fields = ["name"]
    fields = [("name", "year_group"), "shown_members"]
    readonly_fields = ["shown_members"]
    inlines = [HomeroomTeacherInline]
    empty_hint = gettext_lazy(
        "A homeroom is a group of one year group with a teacher. Add the year groups first."
    )

    def get_queryset(self, request):
        present = Count("students", filter=PRESENT, distinct=True)
        leads = Prefetch("leads", HomeroomTeacher.objects.select_related("teacher"))
        return super().get_queryset(request).annotate(student_count=present).prefetch_related(leads)

    def get_fields(self, request, obj=None):
        return self.fields if obj is not None else self.fields[:1]

    @display(description=gettext_lazy("teachers"))
    def shown_teachers(self, obj):
        return ", ".join(lead.teacher.name for lead in obj.leads.all())

    @display(description=gettext_lazy("students"))
    def shown_members(self, obj):
        """Return the students with links to their profiles."""
        lines = [
            (reverse("admin:student_profile", args=[student.pk]), student.name)
            for student in groups.students(obj).only("pk", "name")
        ]
        if not lines:
            return _("Nobody yet. “Add students” takes many at once.")
        return format_html_join(", ", '<a class="underline" href="{}">{}</a>', lines)
