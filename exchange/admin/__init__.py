from django.contrib import admin

from exchange.admin import downloads, exporting, importing, school_file
from exchange.admin.export import ExportAdmin
from exchange.admin.exporting import ACTIONS
from exchange.admin.import_batches import ImportBatchAdmin

for action in ACTIONS:
    admin.site.add_action(action)  # type: ignore[arg-type]  # it may answer with a file, too

__all__ = ["ExportAdmin", "ImportBatchAdmin", "downloads", "exporting", "importing", "school_file"]
