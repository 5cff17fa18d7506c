"""Make the mistakes one after the other, each in a copy of the working tree, and count."""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

from tests.mutants import BASE_DIR, GROUPS, load

GOAL = 0.9  # of each group
SECONDS = 300  # then a mutation counts as noticed: it hangs
ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": "1", "REQUIRE_BROWSER": "1"}


def main():
    options = arguments()
    chosen = [m for group in options.group for m in load(group) if options.k in m.name]
    if options.sample:
        random.seed(options.seed)
        print(f"A sample; the same again with --seed {options.seed}.")
        chosen = random.sample(chosen, min(options.sample, len(chosen)))
    with tempfile.TemporaryDirectory(prefix="school-mutants-") as directory:
        trees = Queue()
        for number in range(options.processes):
            trees.put(copy(Path(directory) / str(number)))
        with ThreadPoolExecutor(options.processes) as pool:
            survivors = [m for m in pool.map(lambda m: attempt(trees, m), chosen) if m]
    return report(chosen, survivors, options)


def arguments():
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("group", nargs="*", default=GROUPS, help=", ".join(GROUPS))
    parser.add_argument("-k", default="", help="only those with this in their name")
    parser.add_argument("--sample", type=int, help="only so many, by chance")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


def copy(directory):
    """Copy the files that git knows or would know; return the directory."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=BASE_DIR, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, names.split("\0")):
        if (BASE_DIR / name).exists():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(BASE_DIR / name, directory / name)
    return directory


def attempt(trees, mutation):
    """Make one mistake in a free tree; return the mutation if its tests pass all the same."""
    tree = trees.get()
    path = tree / mutation.file
    before, started = path.read_text(), time.monotonic()
    try:
        path.write_text(mutation.changed(tree))
        failed = fails(tree, mutation)
    finally:
        path.write_text(before)
        trees.put(tree)
    verdict = "noticed" if failed else "SURVIVED"
    print(f"{verdict:9} {time.monotonic() - started:4.0f} s  {mutation.group}: {mutation.name}",
          flush=True)  # fmt: skip
    return None if failed else mutation


def fails(tree, mutation):
    """Run its tests in `tree`; say whether one failed. Raises RuntimeError if none could run."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:randomly", *mutation.tests]
    environment = os.environ | ENVIRONMENT
    if mutation.is_sql:
        environment["SCHOOL_TEST_SQL"] = mutation.file
    try:
        done = subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        return True
    if done.returncode in (0, 1):
        return done.returncode == 1
    raise RuntimeError(f"pytest ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def report(chosen, survivors, options):
    """Print each group's share; return the exit status."""
    missed = False
    for group in options.group:
        tried = sum(m.group == group for m in chosen)
        noticed = tried - sum(m.group == group for m in survivors)
        if tried:
            print(f"{group:11} {noticed} of {tried} noticed ({100 * noticed / tried:.0f}%)")
            missed = missed or noticed < GOAL * tried
    for mutation in survivors:
        print(f"SURVIVED  {mutation.file}: {mutation.name}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
