"""Rows of exchange: files that went out and came in."""

from exchange.models import Export, ImportBatch, ImportRow
from tests.factories.factory import Factory

export = Factory(Export, template_id="user_roster_v1", template_version="1", filename="roster.csv")
import_batch = Factory(ImportBatch, target="core.user", filename="people.csv", digest="0" * 64)
import_row = Factory(ImportRow, row_number=2, table_name="users", outcome="created")
