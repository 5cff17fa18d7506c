"""Whether one school's pages stay as quick when other schools are beside it.

    python -m benchmarks.growth [rows]

Fills a school of `rows` attendance records (benchmarks.roles), asks each role's questions, adds
99 schools of 5,000 records each, asks again, adds 900 more and asks again. Prints the milliseconds
(best of 25: of a few milliseconds others' work is the larger part), and how many times as long as
alone each takes.
"""

import sys

import psycopg

from benchmarks import roles
from benchmarks.harness import enter, installation, milliseconds

RUNS = 25
SCHOOLS = (1, 100, 1000)
# A school of 2 teachers, 100 students, 10 classes of 25 with 20 sessions and 4 assignments each.
MORE = """
    insert into tenants (name, subdomain, contact_email, schema_name)
        select 'School ' || n, 's' || n, 'a@example.com', 's' || n
          from generate_series({first}, {last}) n;
    create temporary table more as
        select id as tenant_id from tenants
         where subdomain in (select 's' || n from generate_series({first}, {last}) n);
    insert into users (tenant_id, email, name, role)
        select m.tenant_id, 'u' || n || '@example.com', 'Person ' || n,
               case when n = 0 then 'admin' when n <= 2 then 'teacher' else 'student' end
          from more m, generate_series(0, 102) n;
    insert into classes (tenant_id, name, capacity, start_date, teacher_id)
        select m.tenant_id, 'Class ' || n, 100, '2025-09-01',
               (select u.id from users u where u.tenant_id = m.tenant_id
                   and u.email = 'u' || (1 + n % 2) || '@example.com')
          from more m, generate_series(1, 10) n;
    insert into enrollments (tenant_id, student_id, class_id, enrollment_date)
        select c.tenant_id, s.id, c.id, '2025-09-01'
          from (select c.*, row_number() over (partition by tenant_id order by id) as n
                  from classes c join more using (tenant_id)) c
          join (select u.*, row_number() over (partition by tenant_id order by id) as n
                  from users u join more using (tenant_id) where role = 'student') s
            on s.tenant_id = c.tenant_id and (s.n + c.n) % 4 = 0;
    insert into class_sessions (tenant_id, class_id, session_date, start_time, end_time)
        select c.tenant_id, c.id, current_date - n, '10:00', '11:00'
          from classes c join more using (tenant_id), generate_series(1, 20) n;
    insert into attendance (tenant_id, class_session_id, student_id, status, recorded_at)
        select s.tenant_id, s.id, e.student_id,
               (array['present', 'present', 'present', 'late', 'absent'])[1 + (random() * 4)::int],
               s.session_date + time '11:00' + random() * interval '8 hours'
          from class_sessions s join more using (tenant_id)
          join enrollments e on e.tenant_id = s.tenant_id and e.class_id = s.class_id;
    insert into assignments (tenant_id, class_id, title, type, assigned_date, due_date, max_score,
                             status)
        select c.tenant_id, c.id, 'Work ' || n, 'homework', c.start_date, c.start_date + n * 9, 20,
               'active'
          from classes c join more using (tenant_id), generate_series(1, 4) n;
    insert into submissions (tenant_id, assignment_id, student_id, status)
        select w.tenant_id, w.id, e.student_id, 'graded'
          from assignments w join more using (tenant_id)
          join enrollments e on e.tenant_id = w.tenant_id and e.class_id = w.class_id;
    insert into grades (tenant_id, submission_id, assignment_id, student_id, score, graded_at)
        select s.tenant_id, s.id, s.assignment_id, s.student_id, 5 + random() * 15,
               now() - random() * interval '300 days'
          from submissions s join more using (tenant_id);
    drop table more;
"""


def add_schools(server, first, last):
    """Add schools so that there are `last` of them."""
    with psycopg.connect(server.url("admin"), autocommit=True) as admin:
        admin.execute("set session_replication_role = replica")
        for statement in filter(str.strip, MORE.split(";")):
            admin.execute(statement.replace("{first}", str(first)).replace("{last}", str(last)))
            if "users" in statement or "classes" in statement:
                admin.execute("analyze")
        admin.execute("vacuum analyze")


def measure(server):
    """Return {(role, page): best milliseconds} in the large school."""
    with psycopg.connect(server.url("admin"), autocommit=True) as admin:
        ids = roles.people_of(admin)
    values = {name: f"'{value}'::uuid" for name, value in ids.items()}
    values |= dict.fromkeys(roles.TABLES, "true")
    taken = {}
    with psycopg.connect(server.url("app"), prepare_threshold=None) as connection:
        for role in roles.ROLES:
            pages, _conditions = roles.questions(role)
            enter(connection, ids["tenant"], ids[role], role)
            for name, sql in pages.items():
                query = sql.format(**values)
                times, _ = milliseconds(lambda q=query: connection.execute(q).fetchall(), RUNS)
                taken[role, name] = min(times)
            connection.rollback()
    return taken


def main(rows=1_000_000):
    with installation() as server:
        roles.fill(server, rows)
        report(server)


def report(server):
    """Print the table; the large school is there, and alone."""
    tables, there = [measure(server)], 1
    for schools in SCHOOLS[1:]:
        add_schools(server, there + 1, schools)
        tables.append(measure(server))
        there = schools
    print(f"{'as':<10}{'':<32}", *(f"{schools:>9,}" for schools in SCHOOLS), f"{'ratio':>7}")
    for role, name in tables[0]:
        times = [table[role, name] for table in tables]
        print(f"{role:<10}{name:<32}", *(f"{ms:9.2f}" for ms in times), end="")
        print(f"{times[-1] / times[0]:8.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
