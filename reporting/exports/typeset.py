"""Makes a PDF of a report (JSON on standard input) and writes it to standard output.

Run as a program of its own, because typesetting takes hundreds of megabytes for some thousand rows:
they go back when it ends, and a worker stays as small as it was.
"""

import sys
from pathlib import Path

import typst

HERE = Path(__file__).resolve().parent


def main():
    sys.stdout.buffer.write(
        typst.compile(
            (HERE / "report.typ").read_bytes(),
            sys_inputs={"report": sys.stdin.buffer.read().decode()},
            font_paths=[str(HERE / "fonts")],
            ignore_system_fonts=True,
            # Tags for screen readers would make the file twenty times as large; CSV and XLSX read
            # better.
            pdf_tags=False,
        )
    )


if __name__ == "__main__":
    main()
