"""What every tenant-scoped model is made of: the tenant, keys that name it, two managers."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models import Expression, Value
from django.db.models.functions import Cast, Now
from django.db.models.lookups import Exact

from core import rls

CURRENT_DATE = Cast(Now(), models.DateField())


def default(value):
    """Return field arguments that give `value` as default in Python (forms) and in PostgreSQL."""
    return {"default": value, "db_default": Value(value)}


def empty_json():
    """Return field arguments for a nullable jsonb column with default '{}'."""
    return {
        "default": dict,
        "db_default": Value({}, output_field=models.JSONField()),
        "null": True,
        "blank": True,
    }


@models.CharField.register_lookup
@models.TextField.register_lookup
class Folded(models.Transform):
    """A text as people search and sort it: lower case, without accents (core/sql/folded.sql)."""

    function = "app.folded"
    lookup_name = "folded"
    output_field = models.TextField()


@models.CharField.register_lookup
class PhoneDigits(models.Transform):
    """The digits of a phone number, however it is written (core/sql/search_users.sql)."""

    function = "app.phone_digits"
    lookup_name = "digits"
    output_field = models.TextField()


def sort_name():
    """Return the column that a table of names is sorted and searched by, kept by the database."""
    # Not Folded: migrations import nothing of ours.
    return models.GeneratedField(
        expression=models.Func("name", function="app.folded"),
        output_field=models.TextField(),
        db_persist=True,
    )


def stored_fields(model):
    """Return the fields of a model whose columns are written, which generated ones are not."""
    return [field for field in model._meta.concrete_fields if not field.generated]


def shown(row, field):
    """Return the related row's name for a row's own; a dash for one that the reader may not see."""
    try:
        return str(getattr(row, field))
    except ObjectDoesNotExist:
        return "–"


class CurrentTenant(Expression):
    """The tenant of the connection's context, as a constant the planner can use.

    Resolved when the SQL is made, so a queryset may be built at import time. Raises
    `core.rls.NoTenantContext` outside a context, where row-level security would silently
    return nothing.
    """

    output_field = models.UUIDField()

    def as_sql(self, compiler, connection):
        tenant_id = connection.rls_context.tenant_id
        if not tenant_id or not connection.in_atomic_block:
            raise rls.NoTenantContext(
                "Tenant data is only visible inside core.rls.tenant_context()"
                " (a request's view already runs in one)."
            )
        return "%s::uuid", [tenant_id]


class TenantQuerySet(models.QuerySet):
    """Rows of one tenant; chainable words are added by subclasses."""

    def alive(self):
        """Leave out soft-deleted rows (models without `deleted_at`: all rows)."""
        return self


class SoftDeleteQuerySet(TenantQuerySet):
    """Rows that are deleted by setting `deleted_at`."""

    def alive(self):
        return self.filter(deleted_at__isnull=True)

    def deleted(self):
        return self.filter(deleted_at__isnull=False)

    def delete(self):
        """Soft-delete the rows; returns what QuerySet.delete() returns."""
        count = self.update(deleted_at=Now())
        return count, {self.model._meta.label: count}

    delete.alters_data = True
    delete.queryset_only = True

    def restore(self):
        """Bring soft-deleted rows back; returns their number."""
        return self.update(deleted_at=None)

    restore.alters_data = True


class AllObjectsManager(models.Manager):
    """Every row of the current tenant, soft-deleted ones too."""

    use_in_migrations = False

    def get_queryset(self):
        return super().get_queryset().filter(tenant=CurrentTenant())


class TenantManager(AllObjectsManager):
    """The rows of the current tenant that people work with: the safe default."""

    def get_queryset(self):
        return super().get_queryset().alive()


class TenantForeignKey(models.ForeignKey):
    """A foreign key inside one tenant, whose joins compare the tenant columns too.

    The constraint is a composite one, `(tenant_id, x_id) -> parent (tenant_id, id)`, and is made in
    SQL (see `<app>/sql/`): Django's own would accept another school's id.
    """

    def __init__(self, to, on_delete=models.RESTRICT, **kwargs):
        kwargs["db_constraint"] = False
        kwargs.setdefault("db_index", False)  # the indexes lead with tenant_id and are named
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self):
        # Migrations know a plain ForeignKey without a constraint, and import nothing of ours.
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, kwargs

    def get_extra_restriction(self, alias, related_alias):
        # Without aliases (the subquery of exclude()) the column would be ambiguous.
        if alias is None or related_alias is None:
            return None
        own = self.model._meta.get_field("tenant")
        other = self.related_model._meta.get_field("tenant")
        return Exact(own.get_col(alias), other.get_col(related_alias))


class OwnerTenantField(models.ForeignKey):
    """The tenant that a row belongs to; a new row belongs to the context's."""

    def __init__(self, to="core.Tenant", on_delete=models.RESTRICT, **kwargs):
        kwargs = {"db_index": False, "related_name": "+", "editable": False} | kwargs
        super().__init__(to, on_delete, **({"default": rls.current_tenant_id} | kwargs))

    def deconstruct(self):
        name, _, args, kwargs = super().deconstruct()
        kwargs.pop("default", None)
        return name, "django.db.models.ForeignKey", args, kwargs


class TenantModel(models.Model):
    """Something that belongs to one school."""

    id = models.UUIDField(
        primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False
    )
    tenant = OwnerTenantField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = TenantManager.from_queryset(TenantQuerySet)()
    all_objects = AllObjectsManager.from_queryset(TenantQuerySet)()

    class Meta:
        abstract = True
        base_manager_name = "all_objects"
        default_manager_name = "objects"


class SoftDeleteModel(TenantModel):
    """A row that is deleted by setting `deleted_at`, and can be restored."""

    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TenantManager.from_queryset(SoftDeleteQuerySet)()
    all_objects = AllObjectsManager.from_queryset(SoftDeleteQuerySet)()

    class Meta(TenantModel.Meta):
        abstract = True

    def delete(self, *args, **kwargs):
        """Soft-delete this row."""
        return type(self).objects.filter(pk=self.pk).delete()

    delete.alters_data = True

    def restore(self):
        """Bring this row back; raises IntegrityError when its e-mail was taken since."""
        type(self).all_objects.filter(pk=self.pk).restore()

    restore.alters_data = True
