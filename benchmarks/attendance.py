"""The attendance list of one school: ours against a stock ModelAdmin."""

import statistics

import psycopg
from django.contrib.admin import AdminSite, ModelAdmin, site
from django.db import connection
from django.http import Http404
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from academics.models import Attendance
from benchmarks.harness import milliseconds
from core.admin.lists import REACHED
from core.models import Tenant, User
from core.rls import tenant_context

REPEATS = 5
PER_PAGE = 50


class StockAdmin(ModelAdmin):
    """The same columns, filters and dates, written as the tutorial does."""

    list_display = ["student", "shown_class", "shown_date", "status", "recorded_by", "recorded_at"]
    list_filter = ["status"]
    search_fields = ["student__name", "student__email"]
    date_hierarchy = "recorded_at"
    list_per_page = PER_PAGE

    def shown_class(self, obj):
        return obj.class_session.school_class

    def shown_date(self, obj):
        return obj.class_session.session_date


def report(rows, url):
    """Make a school with `rows` attendance rows and print what its pages cost."""
    tenant, admin = make_school(rows, url)
    with tenant_context(tenant, admin):
        rows = Attendance.objects.count()  # as many as whole sessions make
    pages = {
        "first page": {},
        "one status": {"status__exact": "absent"},
        "search": {"q": "person 17"},
        "last page": {"p": str(-(-min(rows, REACHED) // PER_PAGE))},
    }
    stock = StockAdmin(Attendance, AdminSite())
    ours = site.get_model_admin(Attendance)
    print(f"\n{rows:,} attendance rows in one school (median of {REPEATS}, list and its SQL)")
    print(f"{'':14}{'stock ms':>10}{'queries':>9}{'ours ms':>10}{'queries':>9}{'ratio':>8}")
    for name, query in pages.items():
        before, many = cost(stock, tenant, admin, query)
        after, few = cost(ours, tenant, admin, query)
        ratio = before / after
        print(f"{name:14}{before:10.1f}{many:9}{after:10.1f}{few:9}{ratio:7.1f}x")


def cost(model_admin, tenant, admin, query):
    """Return (median milliseconds, queries) of one page: the list, its dates and its cells."""

    def page():
        request = RequestFactory().get("/", query)
        request.user, request.tenant = admin, tenant
        with CaptureQueriesContext(connection) as captured:
            show(model_admin, request)
        return len(captured)

    with tenant_context(tenant, admin):
        times, queries = milliseconds(page, REPEATS)
    return statistics.median(times), queries


def show(model_admin, request):
    """Do what the list's templates do with the database."""
    from django.contrib.admin.templatetags.admin_list import date_hierarchy

    changes = model_admin.get_changelist_instance(request)
    for obj in changes.result_list:
        for column in model_admin.list_display:
            value = getattr(model_admin, column, None)
            str(value(obj) if value else getattr(obj, column))
    choices = getattr(changes, "date_choices", None)
    if choices:
        choices()
    elif date_hierarchy(changes) is None:
        raise Http404


def make_school(rows, url):
    """Return (tenant, admin) of a new school, filled as the administrator at `url`.

    50 classes, 20 teachers, 2,000 students, `rows` attendance records.
    """
    name = f"bench{rows}"
    # As a replica, so that neither triggers nor foreign keys are run for generated rows.
    with psycopg.connect(url, autocommit=True) as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "INSERT INTO tenants (name, subdomain, contact_email) VALUES (%s, %s, 'a@example.com')",
            [name, name],
        )
        tenant = Tenant.objects.using("owner").get(subdomain=name)
        for statement in STATEMENTS:
            cursor.execute(statement, {"tenant": tenant.pk, "rows": rows})
        cursor.execute("ANALYZE")
    with tenant_context(tenant, role="admin"):
        return tenant, User.objects.get(role="admin")


STATEMENTS = [
    """INSERT INTO users (tenant_id, email, name, role)
       SELECT %(tenant)s, 'p' || n || '@example.com', 'Person ' || n,
              CASE WHEN n = 0 THEN 'admin' WHEN n <= 20 THEN 'teacher' ELSE 'student' END
         FROM generate_series(0, 2020) n""",
    """INSERT INTO classes (tenant_id, name, code, start_date, teacher_id)
       SELECT %(tenant)s, 'Class ' || n, 'C-' || n, current_date - 300,
              (SELECT id FROM users WHERE tenant_id = %(tenant)s
                AND email = 'p' || (1 + n %% 20) || '@example.com')
         FROM generate_series(1, 50) n""",
    """INSERT INTO class_sessions (tenant_id, class_id, session_date, start_time, end_time)
       SELECT %(tenant)s, c.id, current_date - (n %% 280)::int, '09:00', '10:00'
         FROM classes c, generate_series(1, greatest(1, %(rows)s / 50 / 25)) n
        WHERE c.tenant_id = %(tenant)s""",
    "ANALYZE",  # or the planner takes the next for a join of a few rows
    """INSERT INTO attendance (tenant_id, class_session_id, student_id, status, recorded_by,
                               recorded_at)
       SELECT %(tenant)s, s.id, p.id,
              (ARRAY['present', 'present', 'present', 'absent', 'late'])[1 + (s.n + p.n) %% 5],
              s.teacher_id, s.session_date + time '10:00' + p.n * interval '1 second'
         FROM (SELECT cs.id, cs.session_date, c.teacher_id, row_number() OVER () AS n
                 FROM class_sessions cs JOIN classes c ON c.id = cs.class_id
                WHERE cs.tenant_id = %(tenant)s) s
        CROSS JOIN generate_series(0, 24) k
         JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM users
                WHERE tenant_id = %(tenant)s AND role = 'student') p
           ON p.n = (s.n * 25 + k) %% 2000
        LIMIT %(rows)s""",
]
