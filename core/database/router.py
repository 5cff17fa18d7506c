"""Database router over the two aliases of one database."""

from django_tenants.routers import TenantSyncRouter


class AliasRouter(TenantSyncRouter):
    """`default` and `owner` are two roles on the same database, so relations may cross them.

    A TenantSyncRouter only because django-tenants looks for one; there are no schemas to sync, and
    only the owner may migrate.
    """

    def allow_relation(self, obj1, obj2, **hints):
        return True

    def allow_migrate(self, db, app_label, model_name=None, **hints):
        return None
