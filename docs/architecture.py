"""Draw which app imports which, for architecture.md, from the code itself.

python docs/architecture.py     print the picture; a test compares it with architecture.md
"""

import sys
from pathlib import Path

import grimp

APPS = ["core", "exchange", "academics", "finance", "reporting", "oneroster", "portal", "school"]


def picture():
    """Return the Mermaid text of the apps, an arrow to each app that another imports."""
    graph = grimp.build_graph(*APPS, cache_dir=None)
    arrows = {
        (importer.partition(".")[0], imported.partition(".")[0])
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    }
    return "\n".join(
        [
            "flowchart BT",
            *(
                f"    {app} --> {other}"
                for app in APPS
                for other in APPS
                if app != other and (app, other) in arrows
            ),
        ]
    )


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    sys.stdout.write(picture() + "\n")
