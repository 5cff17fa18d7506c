"""Makes a PDF of what is asked for (JSON on standard input) and writes it to standard output.

Run as a program of its own, because typesetting takes hundreds of megabytes for some thousand rows:
they go back when it ends, and a worker stays as small as it was.
"""

import base64
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import typst

HERE = Path(__file__).resolve().parent


def main() -> None:
    wanted: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    with tempfile.TemporaryDirectory() as root:
        # The template finds beside it what it may read, and nothing above.
        start = Path(root, "main.typ")
        start.write_bytes(Path(wanted["template"]).read_bytes())
        for name, data in wanted["images"].items():
            Path(root, name).write_bytes(base64.b64decode(data))
        pdf: bytes = typst.compile(
            str(start),
            root=root,
            sys_inputs={"report": wanted["report"]},
            font_paths=[str(HERE / "fonts")],
            ignore_system_fonts=True,
            pdf_tags=wanted["tags"],
        )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
