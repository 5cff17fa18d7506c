"""The school's settings for money, which a bursar keeps too (finance/sql/money_settings.sql)."""

import json
from typing import Any

from django.db import connection

from core.models import Tenant


def save(tenant: Tenant, values: dict[str, Any]) -> None:
    """Write keys into a school's settings, those of None away; other keys stay as they are."""
    with connection.cursor() as cursor:
        cursor.execute("CALL app.set_money_settings(%s::jsonb)", [json.dumps(values)])
    tenant.refresh_from_db(fields=["settings"])
