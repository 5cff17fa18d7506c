"""What row-level security costs a teacher: list page, count and report, against explicit WHERE.

    python -m benchmarks.policies [rows]

Fills a database of its own with one school of `rows` attendance records (1,000,000 unless said
otherwise), 500 classes and 50 teachers. Each query runs as the owner with the conditions written
out, and as the database role of teachers under the policies alone. Prints a table.

The list pages must stay within 1.5.
"""

import sys
from statistics import median

import psycopg

from benchmarks.harness import enter, installation, milliseconds

RUNS = 15
LIMIT = 1.5

FILL = """
    insert into tenants (name, subdomain, contact_email, schema_name)
        values ('Large', 'large', 'a@example.com', 'large'),
               ('Small', 'small', 'b@example.com', 'small');
    insert into users (tenant_id, email, name, role)
        select t.id, 't' || n || '@example.com', 'Teacher ' || n, 'teacher'
          from tenants t, generate_series(1, 50) n;
    insert into users (tenant_id, email, name, role)
        select t.id, 's' || n || '@example.com', 'Student ' || n, 'student'
          from tenants t, generate_series(1, 5000) n where t.subdomain = 'large';
    insert into classes (tenant_id, name, capacity, start_date, teacher_id)
        select u.tenant_id, 'Class ' || u.name || n, 100, '2025-09-01', u.id
          from users u, generate_series(1, 10) n where u.role = 'teacher';
    insert into enrollments (tenant_id, student_id, class_id, enrollment_date)
        select c.tenant_id, s.id, c.id, '2025-09-01'
          from (select *, row_number() over (order by id) as n from classes) c
          join (select *, row_number() over (order by id) as n from users where role = 'student') s
            on s.tenant_id = c.tenant_id and (s.n + c.n * 7) % 200 < 1;
    insert into class_sessions (tenant_id, class_id, session_date, start_time, end_time)
        select c.tenant_id, c.id, '2025-09-01'::date + n, '10:00', '11:00'
          from classes c, generate_series(1, %(sessions)s) n;
    insert into attendance (tenant_id, class_session_id, student_id, status, recorded_at)
        select s.tenant_id, s.id, e.student_id,
               (array['present', 'present', 'present', 'late', 'absent'])[1 + (random() * 4)::int],
               s.session_date + time '11:00' + random() * interval '8 hours'
          from class_sessions s join enrollments e on e.tenant_id = s.tenant_id
                                                  and e.class_id = s.class_id;
"""
# {a} is what the application's manager adds under the policies, or the owner's explicit conditions.
QUERIES = {
    "list page of 100": """
        select a.* from attendance a where {a} order by a.recorded_at desc, a.id desc limit 100""",
    "list page with its names": """
        select a.*, s.session_date, c.name, u.name from attendance a
          left join class_sessions s on s.tenant_id = a.tenant_id and s.id = a.class_session_id
          left join classes c on c.tenant_id = s.tenant_id and c.id = s.class_id
          left join users u on u.tenant_id = a.tenant_id and u.id = a.student_id
         where {a} order by a.recorded_at desc, a.id desc limit 100""",
    "count to 1,000": "select count(*) from (select from attendance a where {a} limit 1000) c",
    "count": "select count(*) from attendance a where {a}",
    "count by status": "select a.status, count(*) from attendance a where {a} group by 1",
}
UNDER_POLICIES = "a.tenant_id = '{tenant}'::uuid"
WRITTEN_OUT = (
    UNDER_POLICIES
    + """
    and a.class_session_id in (
        select os.id from class_sessions os
          join classes oc on oc.tenant_id = os.tenant_id and oc.id = os.class_id
         where oc.tenant_id = '{tenant}'::uuid and oc.teacher_id = '{teacher}'::uuid)"""
)


def fill(server, rows):
    with psycopg.connect(server.url("admin"), autocommit=True) as admin:
        admin.execute("set session_replication_role = replica")  # no audit, no counting
        # 500 classes of 25 students each in the large school.
        for statement in FILL.replace("%(sessions)s", str(max(1, rows // 12_500))).split(";"):
            if statement.strip():
                admin.execute(statement)
        admin.execute("vacuum analyze")
        return admin.execute("select count(*) from attendance").fetchone()[0]


def measure(server):
    """Yield (query, ms written out, ms under policies)."""
    with (
        psycopg.connect(server.url("owner")) as owner,
        psycopg.connect(server.url("app")) as app,
    ):
        tenant, teacher = owner.execute(
            "select tenant_id, id from users where role = 'teacher' and tenant_id ="
            " (select id from tenants where subdomain = 'large') order by email limit 1"
        ).fetchone()
        enter(app, tenant, teacher, "teacher")
        names = {"tenant": tenant, "teacher": teacher}
        for name, query in QUERIES.items():
            plain, expected = _ask(owner, query.format(a=WRITTEN_OUT.format(**names)))
            secured, rows = _ask(app, query.format(a=UNDER_POLICIES.format(**names)))
            assert sorted(map(str, rows)) == sorted(map(str, expected)), name
            yield name, plain, secured


def _ask(connection, query):
    times, rows = milliseconds(lambda: connection.execute(query).fetchall(), RUNS)
    return median(times), rows


def main(rows=1_000_000):
    with installation() as server:
        print(f"{fill(server, rows):,} attendance records; milliseconds, median of {RUNS} runs")
        print(f"{'a teacher asks for':<28}{'WHERE':>9}{'policies':>10}{'ratio':>8}")
        worst = 0
        for name, plain, secured in measure(server):
            if name.startswith("list"):
                worst = max(worst, secured / plain)
            print(f"{name:<28}{plain:>9.2f}{secured:>10.2f}{secured / plain:>8.2f}")
        return worst <= LIMIT


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:2])) else f"The policies cost more than {LIMIT}x.")
