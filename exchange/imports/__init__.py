"""Files that come in: staged, checked in a dry run, applied in one transaction, undone as a whole.

    batch = stage(upload, "core.user", by)  keeps the file, guesses the columns
    check(batch)                            what each row would do; nothing is changed
    apply(batch, by)                        all of it, or nothing
    undo(batch, by)                         all of it, unless something depends on it since

`start_check`, `start_apply` and `start_undo` do the same for a page: at once for a small file, in
the background for one of more than settings.IMPORT_BACKGROUND_ROWS rows. All run in the current
tenant_context, with the rights of the person in it.

A target is the label of a model ("core.user"), or what `register_target` has a handler for.
"""

from exchange.imports.errors import ImportRefused, UndoRefused
from exchange.imports.files import rejected_file, template_file
from exchange.imports.jobs import start_apply, start_check, start_undo
from exchange.imports.mapping import columns_of, guess_mapping, mapping_problems
from exchange.imports.matching import Guess
from exchange.imports.service import (
    apply,
    check,
    delete,
    discard,
    headers,
    is_busy,
    is_large,
    remap,
    sample,
    stage,
    undo,
)
from exchange.imports.tables import TableHandler
from exchange.imports.targets import register_tables, register_target
from exchange.imports.uploads import UploadRefused

register_tables(TableHandler)

__all__ = [
    "Guess",
    "ImportRefused",
    "UndoRefused",
    "UploadRefused",
    "apply",
    "check",
    "columns_of",
    "delete",
    "discard",
    "guess_mapping",
    "headers",
    "is_busy",
    "is_large",
    "mapping_problems",
    "register_target",
    "rejected_file",
    "remap",
    "sample",
    "stage",
    "start_apply",
    "start_check",
    "start_undo",
    "template_file",
    "undo",
]
