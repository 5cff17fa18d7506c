from django.contrib import admin

from core.admin import pages
from exchange.admin import downloads, exporting, importing, school_file
from exchange.admin.export import ExportAdmin
from exchange.admin.exporting import ACTIONS
from exchange.admin.import_batches import ImportBatchAdmin

for action in ACTIONS:
    admin.site.add_action(action)
pages.add(exporting, downloads, importing, school_file)

__all__ = ["ExportAdmin", "ImportBatchAdmin"]
