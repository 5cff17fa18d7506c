from exchange.admin import import_targets
from oneroster.admin import bundle_pages
from oneroster.admin.batch_page import OneRosterTarget
from oneroster.admin.records import SourcedRecordAdmin

import_targets.register(OneRosterTarget())

__all__ = ["SourcedRecordAdmin", "bundle_pages"]
