"""Database router over the two aliases of one database."""

from typing import Any

from django_tenants.routers import TenantSyncRouter


class AliasRouter(TenantSyncRouter):
    """`default` and `owner` are two roles on the same database, so relations may cross them.

    A TenantSyncRouter only because django-tenants looks for one; there are no schemas to sync, and
    only the owner may migrate.
    """

    def allow_relation(self, obj1: object, obj2: object, **hints: Any) -> bool:
        return True

    def allow_migrate(
        self, db: str, app_label: str, model_name: str | None = None, **hints: Any
    ) -> None:
        return None
