"""Reports about grades."""

from django.utils.translation import gettext_lazy as _

from academics.models import Assignment
from exchange.columns import Date, Integer, Number
from reporting.catalog import filters
from reporting.catalog.charts import Chart
from reporting.catalog.report import Column, Report
from reporting.catalog.shared import CLASS, CLASS_CODE, GRADES, TERM

GRADE_HISTOGRAM = Chart(
    title=_("Grades by band"),
    kind="bar",
    heading=_("Percent"),
    select="""
        select v.place, v.grades
          from (select sum(band_0) as e, sum(band_60) as d, sum(band_70) as c, sum(band_80) as b,
                       sum(band_90) as a {rows}) s
         cross join lateral (values (0, s.e), (1, s.d), (2, s.c), (3, s.b), (4, s.a))
                         v(place, grades)
         where s.a is not null order by v.place""",
    series=((_("Grades"), ""),),
    labels=(_("Below 60%"), "60–69%", "70–79%", "80–89%", _("90% and more")),
    period="last_12_weeks",
)

REPORTS = [
    Report(
        name="grade_distribution",
        title=_("Grade distribution"),
        description=_(
            "How the grades of each assignment spread: mean, lowest and highest in percent, how"
            " many in each band, and by letter."
        ),
        subject=GRADES,
        view="view_grade_distribution",
        chart=GRADE_HISTOGRAM,
        class_column="class_id",
        columns=(
            Column("due_date", _("Due on"), Date()),
            CLASS_CODE,
            Column("class_name", _("Class"), sorted_by="class_sort_name"),
            Column("assignment_title", _("Assignment")),
            Column("assignment_type", _("Type"), choices=Assignment.Type),
            Column("teacher_name", _("Teacher"), hidden=True, nullable=True),
            Column("grades", _("Grades"), Integer()),
            Column("mean", _("Mean"), Number(5), nullable=True, percent=True),
            Column("lowest", _("Lowest"), Number(5), nullable=True, percent=True),
            Column("highest", _("Highest"), Number(5), nullable=True, percent=True),
            Column("band_90", _("90% and more"), Integer()),
            Column("band_80", _("80–89%"), Integer()),
            Column("band_70", _("70–79%"), Integer()),
            Column("band_60", _("60–69%"), Integer()),
            Column("band_0", _("Below 60%"), Integer()),
            Column("letters", _("Letters"), nullable=True),
        ),
        filters=(
            TERM,
            CLASS,
            filters.Assignment(
                name="assignment",
                column="id",
                label=_("Assignment"),
                help_text=_("Part of the title."),
            ),
            filters.Choice(
                name="type", column="assignment_type", label=_("Type"), choices=Assignment.Type
            ),
            filters.DateRange(column="due_date", label=_("Due")),
        ),
        order="-due_date",
        sorts={"due_date": ("class_name", "assignment_title")},
    ),
]
