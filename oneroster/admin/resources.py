"""What OneRoster calls rows, as a file."""

from exchange.resources import plain_resource, register
from oneroster.models import SourcedRecord

# It is there to find out which row a sourcedId stands for.
register(SourcedRecord)(plain_resource(SourcedRecord, ids=["resource_id"]))
