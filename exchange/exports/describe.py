"""What an export holds, in words: its subject, and the filters that chose its rows."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exchange.exports.kinds import KINDS
from exchange.models import Export


def subject(export: Export) -> str:
    """Return the title of the report or list, or of what the export's kind is."""
    return KINDS[export.kind].subject(export)


def filters(export: Export) -> list[tuple[str, str]]:
    """Return [(label, text)] of what chose the rows, inside a context; empty: all rows.

    Costs queries: a filter may name a class or a person by id.
    """
    described = list(KINDS[export.kind].filters(export))
    if export.selection is not None:
        count = len(export.selection)
        text = ngettext("%(count)d row", "%(count)d rows", count) % {"count": count}
        described.append((_("Chosen by hand"), text))
    return described
