"""What a file of the attendance report costs, against psql's own \\copy of the same query.

    python -m benchmarks.exports [rows ...]

In a database of its own, one school a size (100,000 and 1,000,000 rows unless said otherwise). Each
way runs as the application's role under the policies, in the context of the same admin, in a
process of its own: psql, our CSV, our XLSX, and stock django-import-export (once, with the fewest
rows, since it takes minutes with the most). Prints the time, its ratio to \\copy and the memory
above what the process took before, and exits non-zero when a target is missed.
"""

import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.harness import installation

SIZES = (100_000, 1_000_000)
RUNS = 5  # of which the best counts: on a busy machine the others say more about the neighbours
REPORT = "attendance_report_v1"
# way -> most times as long as \copy
LIMITS = {"csv": 1.2, "xlsx": 3}
MEMORY = 40  # MiB above the imports
TIMING = re.compile(r"Time: ([\d.]+) ms")
NAMES = {
    "psql": r"psql \copy",
    "csv": "our CSV",
    "xlsx": "our XLSX",
    "stock": "django-import-export, CSV",
}


def in_context(subdomain, work):
    """Return work(admin) in the context of the school's admin."""
    import django

    django.setup()
    from core.models import Tenant, User
    from core.rls import tenant_context

    tenant = Tenant.objects.using("owner").get(subdomain=subdomain)
    with tenant_context(tenant, role="admin"):
        admin = User.objects.get(role="admin")
    with tenant_context(tenant, admin):
        return work(admin)


def copy_script(admin):
    """Return the input of psql: the same context, the same query, after one for its first row.

    The first query of a connection waits for the server to read its catalog.
    """
    from django.db import connection

    from core import rls
    from reporting import catalog

    source = catalog.get(REPORT).source({})
    query = " ".join(connection.ops.compose_sql(source.sql, source.params).split())
    context = rls.current()
    settings = "".join(f"set local {n} = '{v}';\n" for n, v in context.settings().items())
    return (
        f"begin;\n{settings}set local role {context.acting};\n"
        f"\\copy (select * from ({query}) r limit 1) to '%(path)s' csv header\n"
        f"\\timing\n\\copy ({query}) to '%(path)s' csv header\ncommit;\n"
    )


def psql(url, script, path):
    """Return {"seconds"} of \\copy, as psql itself takes them."""
    from core.database import binaries

    done = subprocess.run(
        [binaries.bin_dir() / "psql", "--quiet", "--no-psqlrc", url],
        input=script % {"path": path},
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    )
    # The first statement that is timed is the copy.
    return {"seconds": float(TIMING.search(done.stdout)[1]) / 1000}


def ours(file_format, path, limit=None):
    from exchange.exports import engine
    from reporting import catalog

    source = catalog.get(REPORT).source({})
    if limit is not None:
        source = replace(source, sql=f"select * from ({source.sql}) r limit {limit}")
    with open(path, "wb") as file:
        engine.write(file, source, file_format, on_progress=lambda rows: None)


def stock(path):
    from django.db import models
    from import_export.resources import modelresource_factory

    class Row(models.Model):  # noqa: DJ008
        id = models.UUIDField(primary_key=True)
        session_date = models.DateField()
        class_name = models.TextField()
        class_id = models.UUIDField()
        student_name = models.TextField()
        student_id = models.UUIDField()
        attendance_status = models.TextField()
        notes = models.TextField()
        teacher_name = models.TextField()

        class Meta:
            app_label = "reporting"
            managed = False
            db_table = "view_attendance_report_keyed"

    dataset = modelresource_factory(Row)().export()
    Path(path).write_text(dataset.csv)


def measure(way, subdomain, path):
    """Print what one way costs in this process, as JSON."""

    def work(_admin):
        # As a worker that has made a file before, and psql: imported, translated, connected.
        ours("csv", path, limit=1)
        before = memory("VmRSS")
        start = time.perf_counter()
        stock(path) if way == "stock" else ours(way, path)
        return {"seconds": time.perf_counter() - start, "memory": memory("VmHWM") - before}

    print(json.dumps(in_context(subdomain, work)))


def memory(which):
    """Return how much memory this process has ("VmRSS") or has had at most ("VmHWM"), in MiB.

    As Linux reports it; getrusage() would return the parent's if that used more.
    """
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{which}:\s+(\d+) kB", status)[1]) / 1024


def in_a_process(way, subdomain, path):
    command = [sys.executable, "-m", "benchmarks.exports", "--measure", way, subdomain, path]
    done = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def compare(rows, server, with_stock):
    """Print a table for a school of `rows`; return the targets that were missed."""
    from benchmarks import attendance

    attendance.make_school(rows, server.url("admin"))
    subdomain = f"bench{rows}"
    script = in_context(subdomain, copy_script)
    path, url = str(server.data_dir / "file"), server.url("app")
    psql(url, script, path)  # into the server's memory
    costs = {}
    for _run in range(RUNS):
        for way in ("psql", *LIMITS):
            cost = psql(url, script, path) if way == "psql" else None
            cost = cost or in_a_process(way, subdomain, path)
            costs[way] = best(costs.get(way), cost)
    if with_stock:
        costs["stock"] = in_a_process("stock", subdomain, path)
    print(f"\n{rows:,} rows of the attendance report; best of {RUNS} runs")
    print(f"{'':<28}{'seconds':>9}{'ratio':>8}{'MiB':>7}")
    for way, cost in costs.items():
        ratio = cost["seconds"] / costs["psql"]["seconds"]
        used = f"{cost['memory']:7.0f}" if "memory" in cost else ""
        print(f"{NAMES[way]:<28}{cost['seconds']:>9.2f}{ratio:>8.2f}{used}", flush=True)
    return list(missed(rows, costs))


def best(cost, other):
    """Return the least time and the most memory of two costs."""
    if cost is None:
        return other
    return {key: (max if key == "memory" else min)(cost[key], other[key]) for key in cost}


def missed(rows, costs):
    for way, limit in LIMITS.items():
        ratio = costs[way]["seconds"] / costs["psql"]["seconds"]
        if ratio > limit:
            yield f"{NAMES[way]}, {rows:,} rows: {ratio:.2f} times \\copy; the most is {limit}."
        if costs[way]["memory"] > MEMORY:
            yield f"{NAMES[way]}, {rows:,} rows: {costs[way]['memory']:.0f} MiB above the imports."


def main(sizes):
    """Return a sentence for each target that was missed."""
    with installation() as server:
        return [
            sentence
            for size in sizes
            for sentence in compare(size, server, with_stock=size == min(sizes))
        ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(*sys.argv[2:])
    else:
        sys.exit("\n".join(main([int(size) for size in sys.argv[1:]] or SIZES)) or 0)
