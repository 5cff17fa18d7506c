"""Makes a PDF of what is asked for (JSON on standard input) and writes it to standard output.

Run as a program of its own, because typesetting takes hundreds of megabytes for some thousand rows:
they go back when it ends, and a worker stays as small as it was.
"""

import base64
import json
import sys
from pathlib import Path

import typst

HERE = Path(__file__).resolve().parent


def main():
    wanted = json.loads(sys.stdin.buffer.read())
    images = {name: base64.b64decode(data) for name, data in wanted["images"].items()}
    sys.stdout.buffer.write(
        typst.compile(
            {"main": Path(wanted["template"]).read_bytes(), **images},
            sys_inputs={"report": wanted["report"]},
            font_paths=[str(HERE / "fonts")],
            ignore_system_fonts=True,
            pdf_tags=wanted["tags"],
        )
    )


if __name__ == "__main__":
    main()
