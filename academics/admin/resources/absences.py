"""Absences and the calls about them as files."""

from academics.models import Absence
from exchange.resources import plain_resource, register

# The file itself stays in the school; its name says that there is one.
register(Absence)(plain_resource(Absence, without={"stored_name", "content_type", "size"}))
