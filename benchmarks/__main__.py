"""Measure the attendance list against a stock ModelAdmin, on a database server of its own.

python -m benchmarks [--rows 10000 1000000]
"""

import argparse

from benchmarks.harness import installation


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000])
    arguments = parser.parse_args()
    with installation() as server:
        from benchmarks import attendance

        for rows in arguments.rows:
            attendance.report(rows, server.url("admin"))


if __name__ == "__main__":
    main()
