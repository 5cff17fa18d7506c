"""Rows of oneroster: what others call our rows."""

from oneroster.models import SourcedRecord
from tests.factories.factory import Factory

sourced_record = Factory(SourcedRecord, entity="users", sourced_id=lambda n: f"u{n}")
