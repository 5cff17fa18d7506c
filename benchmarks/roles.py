"""What the policies and the filter of terms cost each role, in a school of many rows.

    python -m benchmarks.roles [rows]

Fills a database of its own (benchmarks.policies) and adds terms, guardians, assignments and grades.
First the questions behind the pages, as each role: as the owner with the conditions written out, as
the role's own database role, and as the application with the three settings alone, under the
policies of all roles. Then lists and reports with the current term, against all terms.

As its own role, a question may take three times as long as with its conditions written out, or
three milliseconds more.
"""

import statistics
import sys
from contextlib import suppress

import psycopg

from benchmarks import policies
from benchmarks.harness import enter, installation, milliseconds

RUNS = 15
LIMIT, SLACK = 3, 3  # times, milliseconds

# Six terms, the last is today's and its sessions are over, as nobody records the future; a tenth of
# the classes has no term. Two children a guardian, two guardians a child; each with a sign-in.
FILL = """
    insert into academic_years (tenant_id, name, start_date, end_date)
        select t.id, 'Year ' || n, current_date + 130 * n - 80, current_date + 130 * n + 45
          from tenants t, generate_series(-5, 0) n where t.subdomain = 'large';
    insert into terms (tenant_id, academic_year_id, name, start_date, end_date)
        select y.tenant_id, y.id, 'Term', y.start_date, y.end_date from academic_years y;
    update classes c set term_id = t.id, start_date = t.start_date
      from (select *, row_number() over (order by start_date) - 1 as n from terms) t
     where t.tenant_id = c.tenant_id and hashtext(c.name) % 10 <> 0
       and abs(hashtext(c.name)) % 6 = t.n;
    update class_sessions s set session_date = c.start_date + (s.session_date - '2025-09-01')
      from classes c where c.tenant_id = s.tenant_id and c.id = s.class_id;
    update attendance a set recorded_at = s.session_date + time '11:00'
      from class_sessions s where s.tenant_id = a.tenant_id and s.id = a.class_session_id;
    insert into users (tenant_id, email, name, role)
        select t.id, 'admin@example.com', 'Admin', 'admin' from tenants t
         where t.subdomain = 'large';
    insert into users (tenant_id, email, name, role)
        select t.id, 'g' || n || '@example.com', 'Guardian ' || n, 'guardian'
          from tenants t, generate_series(1, 5000) n where t.subdomain = 'large';
    insert into guardians (tenant_id, name, user_id)
        select u.tenant_id, u.name, u.id from users u where u.role = 'guardian';
    insert into student_guardians (tenant_id, student_id, guardian_id, relation, portal_access)
        select g.tenant_id, s.id, g.id, 'mother', true
          from (select *, row_number() over (order by id) as n from guardians) g
          join (select *, row_number() over (order by id) as n from users where role = 'student') s
            on s.tenant_id = g.tenant_id and (s.n = g.n or s.n = g.n % 5000 + 1);
    insert into assignments (tenant_id, class_id, title, type, assigned_date, due_date, max_score,
                             status)
        select c.tenant_id, c.id, 'Work ' || n, 'homework', c.start_date, c.start_date + n * 9, 20,
               'active'
          from classes c, generate_series(1, 12) n;
    insert into submissions (tenant_id, assignment_id, student_id, status)
        select w.tenant_id, w.id, e.student_id, 'graded' from assignments w
          join enrollments e on e.tenant_id = w.tenant_id and e.class_id = w.class_id;
    insert into grades (tenant_id, submission_id, assignment_id, student_id, score, graded_at)
        select s.tenant_id, s.id, s.assignment_id, s.student_id, 5 + random() * 15,
               now() - random() * interval '300 days' from submissions s;
"""

SESSION = {
    "tenant": "{tenant}",
    "class": "{class}",
    "session": "{session}",
    "day": "current_date",
    "start": "time '10:00'",
    "limit": 8,
}
# Of a table's rows its condition is what only the policies say, written out for the owner.
PAGES = {
    "people": """
        select u.id, u.name, u.email, u.role, u.status from users u
         where u.tenant_id = {tenant} and u.deleted_at is null and {people}
         order by u.sort_name, u.id limit 50""",
    "classes": """
        select c.* from classes c where c.tenant_id = {tenant} and c.deleted_at is null
           and {classes} order by c.sort_name, c.id limit 50""",
    "enrollments": """
        select e.*, c.name, u.name from enrollments e
          left join classes c on c.tenant_id = e.tenant_id and c.id = e.class_id
          left join users u on u.tenant_id = e.tenant_id and u.id = e.student_id
         where e.tenant_id = {tenant} and e.id in (
            select e.id from enrollments e where e.tenant_id = {tenant} and {enrollments}
             order by e.enrollment_date desc, e.id desc limit 50)
         order by e.enrollment_date desc, e.id desc""",
    "attendance": """
        select a.*, s.session_date, c.name, u.name from attendance a
          left join class_sessions s on s.tenant_id = a.tenant_id and s.id = a.class_session_id
          left join classes c on c.tenant_id = s.tenant_id and c.id = s.class_id
          left join users u on u.tenant_id = a.tenant_id and u.id = a.student_id
         where a.tenant_id = {tenant} and a.id in (
            select a.id from attendance a where a.tenant_id = {tenant} and {attendance}
             order by a.recorded_at desc, a.id desc limit 50)
         order by a.recorded_at desc, a.id desc""",
    "grades": """
        select g.*, w.title, u.name from grades g
          left join assignments w on w.tenant_id = g.tenant_id and w.id = g.assignment_id
          left join users u on u.tenant_id = g.tenant_id and u.id = g.student_id
         where g.tenant_id = {tenant} and g.id in (
            select g.id from grades g where g.tenant_id = {tenant} and {grades}
             order by g.graded_at desc, g.id desc limit 50)
         order by g.graded_at desc, g.id desc""",
    "attendance, count": """
        select count(*) from attendance a where a.tenant_id = {tenant} and {attendance}""",
    "attendance, by status": """
        select a.status, count(*) from attendance a where a.tenant_id = {tenant} and {attendance}
         group by a.status""",
    "gradebook of a class": """
        select g.* from grades g
          join assignments w on w.tenant_id = g.tenant_id and w.id = g.assignment_id
         where g.tenant_id = {tenant} and w.tenant_id = {tenant} and w.class_id = {class}""",
}
ONE_STUDENT = {
    "classes": """
        select c.* from classes c
          join enrollments e on e.tenant_id = c.tenant_id and e.class_id = c.id
         where e.tenant_id = {tenant} and e.student_id = {student} order by c.name, c.id""",
    "attendance": """
        select a.*, s.session_date from attendance a
          join class_sessions s on s.tenant_id = a.tenant_id and s.id = a.class_session_id
         where a.tenant_id = {tenant} and a.student_id = {student}
         order by s.session_date desc, a.id""",
    "grades": """
        select g.* from grades g where g.tenant_id = {tenant} and g.student_id = {student}""",
    "assignments": """
        select w.* from assignments w
          join enrollments e on e.tenant_id = w.tenant_id and e.class_id = w.class_id
         where e.tenant_id = {tenant} and e.student_id = {student} order by w.due_date, w.id""",
    "the week's sessions": """
        select s.* from class_sessions s
          join enrollments e on e.tenant_id = s.tenant_id and e.class_id = s.class_id
         where e.tenant_id = {tenant} and e.student_id = {student} and s.tenant_id = {tenant}
           and s.session_date between current_date - 7 and current_date
         order by s.session_date, s.id""",
}
TABLES = ("people", "classes", "enrollments", "attendance", "grades")
OWN_CLASSES = "select o.id from classes o where o.tenant_id = {tenant} and o.teacher_id = {teacher}"
OF_TEACHER = {
    "people": "(u.id = {teacher} or u.id in (select e.student_id from enrollments e where"
    f" e.tenant_id = {{tenant}} and e.class_id in ({OWN_CLASSES})))",
    "classes": "c.teacher_id = {teacher}",
    "enrollments": f"e.class_id in ({OWN_CLASSES})",
    "attendance": "a.class_session_id in (select s.id from class_sessions s where"
    f" s.tenant_id = {{tenant}} and s.class_id in ({OWN_CLASSES}))",
    "grades": "g.assignment_id in (select w.id from assignments w where"
    f" w.tenant_id = {{tenant}} and w.class_id in ({OWN_CLASSES}))",
}
ROLES = {
    "admin": (PAGES | {f"a student's {name}": sql for name, sql in ONE_STUDENT.items()}, {}),
    "teacher": (PAGES, OF_TEACHER),
    "student": ({f"own {name}": sql for name, sql in ONE_STUDENT.items()}, {}),
    "guardian": ({f"a child's {name}": sql for name, sql in ONE_STUDENT.items()}, {}),
}


def questions(role):
    """Return ({page: SQL}, conditions) of a role; the register's are the application's own."""
    from academics.selectors.register import HISTORY_OF_CLASS, ROSTER

    pages, conditions = ROLES[role]
    if role in ("admin", "teacher"):
        pages = pages | {
            "register of a session": ROSTER % SESSION,
            "register's last sessions": HISTORY_OF_CLASS % SESSION,
        }
    return pages, conditions


def fill(server, rows):
    policies.fill(server, rows)
    with psycopg.connect(server.url("admin"), autocommit=True) as admin:
        admin.execute("set session_replication_role = replica")
        for statement in filter(str.strip, FILL.split(";")):
            admin.execute(statement)
        admin.execute("vacuum analyze")


def people_of(admin):
    """Return the ids that the questions are asked with: people who belong together."""
    row = admin.execute("""
        select e.tenant_id as tenant, c.teacher_id as teacher, e.student_id as student,
               g.user_id as guardian, c.id as class,
               (select u.id from users u where u.tenant_id = c.tenant_id and u.role = 'admin')
                   as admin,
               (select s.id from class_sessions s
                 where s.tenant_id = c.tenant_id and s.class_id = c.id
                 order by s.session_date limit 1) as session
          from enrollments e
          join classes c on c.tenant_id = e.tenant_id and c.id = e.class_id
          join terms t on t.tenant_id = c.tenant_id and t.id = c.term_id
          join student_guardians l on l.tenant_id = e.tenant_id and l.student_id = e.student_id
          join guardians g on g.tenant_id = l.tenant_id and g.id = l.guardian_id
         where current_date between t.start_date and t.end_date
         order by e.id limit 1""")
    names = [column.name for column in row.description]
    return dict(zip(names, row.fetchone(), strict=True))


def measure(server):
    """Return [(role, page, ms written out, ms as the role, ms with the settings alone)]."""
    with psycopg.connect(server.url("admin"), autocommit=True) as admin:
        ids = people_of(admin)
    lines = []
    for role in ROLES:
        written_out, own, settings = (
            _times(server, way, role, ids) for way in ("owner", "role", "settings")
        )
        for name, (plain, expected) in written_out.items():
            assert own[name][1] == settings[name][1] == expected, (role, name)
            lines.append((role, name, plain, own[name][0], settings[name][0]))
    return lines


def _times(server, way, role, ids):
    """Return {page: (best milliseconds, sorted rows)} for a role of the school."""
    pages, conditions = questions(role)
    values = {name: f"'{value}'::uuid" for name, value in ids.items()}
    scope = dict.fromkeys(TABLES, "true")
    if way == "owner":
        scope |= {table: text.format(**values) for table, text in conditions.items()}
    url = server.url("owner" if way == "owner" else "app")
    with psycopg.connect(url, prepare_threshold=None) as connection:
        if way != "owner":
            enter(connection, ids["tenant"], ids[role], role)
        if way == "settings":
            connection.execute("set local role none")
        measured = {}
        for name, sql in pages.items():
            query = sql.format(**(values | scope))
            runs = 3 if way == "settings" else RUNS
            times, rows = milliseconds(lambda q=query: connection.execute(q).fetchall(), runs)
            # Of a few milliseconds others' work is the larger part.
            measured[name] = min(times), sorted(map(str, rows))
        return measured


# --- the filter of terms --------------------------------------------------------------------------

LISTS = ("SchoolClass", "Enrollment", "ClassSession", "Attendance", "Assignment", "Grade")


def measure_terms(ids):
    """Return [(role, page, ms of all terms, ms of the current one)] of lists and reports."""
    from core.models import Tenant, User
    from core.rls import tenant_context
    from reporting import catalog

    tenant = Tenant.objects.using("owner").get(pk=ids["tenant"])
    lines = []
    for role in ("admin", "teacher"):
        with tenant_context(tenant, role="admin"):
            user = User.objects.get(pk=ids[role])
        with tenant_context(tenant, user):
            for name in LISTS:
                pair = (_list_ms(name, tenant, user, asked) for asked in ({"term": "all"}, {}))
                lines.append((role, f"list of {name}", *pair))
            for report in catalog.REPORTS:
                if report.term:
                    pair = (_report_ms(report, asked) for asked in ({"term": "all"}, {}))
                    lines.append((role, str(report.title), *pair))
    return lines


def _list_ms(name, tenant, user, asked):
    from django.apps import apps
    from django.contrib.admin import site
    from django.test import RequestFactory

    from benchmarks.attendance import show

    model = apps.get_model("academics", name)

    def page():
        request = RequestFactory().get("/", asked)
        request.user, request.tenant = user, tenant
        with suppress(AttributeError):  # a column that wants the page's own preparations
            show(site.get_model_admin(model), request)

    return _median(page)


def _report_ms(report, asked):
    from reporting.catalog.paging import fetch

    return _median(lambda: fetch(report, report.parse(asked)))


def _median(do):
    times, _result = milliseconds(do, 5)
    return statistics.median(times)


def main(rows=1_000_000):
    with installation() as server:
        fill(server, rows)
        return report(server)


def report(server):
    """Print both tables; return whether the pages stay within their limits."""
    print(f"{'as':<10}{'':<32}{'WHERE':>9}{'role':>9}{'ratio':>8}{'settings':>10}")
    is_well = True
    for role, name, plain, own, settings in measure(server):
        is_well &= own <= max(LIMIT * plain, plain + SLACK)
        print(f"{role:<10}{name:<32}{plain:9.2f}{own:9.2f}{own / plain:8.2f}{settings:10.2f}")
    with psycopg.connect(server.url("admin"), autocommit=True) as admin:
        ids = people_of(admin)
    print(f"\n{'as':<10}{'':<34}{'all terms':>11}{'current':>10}{'ratio':>8}")
    for role, name, every, current in measure_terms(ids):
        print(f"{role:<10}{name:<34}{every:11.1f}{current:10.1f}{current / every:8.2f}")
    return is_well


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:2])) else "The policies cost too much.")
