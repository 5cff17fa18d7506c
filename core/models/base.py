"""What every tenant-scoped model is made of: the tenant, keys that name it, two managers."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from django.contrib.postgres.functions import RandomUUID
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DEFERRED, Expression, Value
from django.db.models.base import ModelState
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Now
from django.db.models.lookups import Exact
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler

from core import rls

if TYPE_CHECKING:
    from core.database.backend.base import DatabaseWrapper

# What a queryset or manager is of; what a field takes, and what it gives.
Row = TypeVar("Row", bound=models.Model, covariant=True)
Taken = TypeVar("Taken")
Given = TypeVar("Given")

CURRENT_DATE = Cast(Now(), models.DateField())


def default(value: object) -> dict[str, Any]:
    """Return field arguments that give `value` as default in Python (forms) and in PostgreSQL."""
    return {"default": value, "db_default": Value(value)}


def empty_json() -> dict[str, Any]:
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


def sort_name() -> models.GeneratedField:
    """Return the column that a table of names is sorted and searched by, kept by the database."""
    # Not Folded: migrations import nothing of ours.
    return models.GeneratedField(
        expression=models.Func("name", function="app.folded"),
        output_field=models.TextField(),
        db_persist=True,
    )


def metadata_text(key: str) -> models.GeneratedField:
    """Return the column of one text in `metadata`, for those who may not read all of that."""
    return models.GeneratedField(
        expression=KeyTextTransform(key, "metadata"),
        output_field=models.TextField(),
        db_persist=True,
        null=True,
    )


def stored_fields(model: type[models.Model]) -> list[models.Field]:
    """Return the fields of a model whose columns are written, which generated ones are not."""
    return [field for field in model._meta.concrete_fields if not field.generated]


def shown(row: models.Model, field: str) -> str:
    """Return the related row's name for a row's own; a dash for one that the reader may not see."""
    try:
        return str(getattr(row, field))
    except ObjectDoesNotExist:
        return "–"


class ContextTenant(str):
    """The id of the context's tenant among the parameters of a query (core.composed)."""

    __slots__ = ()

    @classmethod
    def of(cls, connection: BaseDatabaseWrapper) -> ContextTenant:
        """Return that of the connection; raises `core.rls.NoTenantContext` outside a context."""
        tenant_id = cast("DatabaseWrapper", connection).rls_context.tenant_id
        if not tenant_id or not connection.in_atomic_block:
            raise rls.NoTenantContext(
                "Tenant data is only visible inside core.rls.tenant_context()"
                " (a request's view already runs in one)."
            )
        return cls(tenant_id)


class CurrentTenant(Expression):
    """The tenant of the connection's context, as a constant the planner can use.

    Resolved when the SQL is made, so a queryset may be built at import time. Raises
    `core.rls.NoTenantContext` outside a context, where row-level security would silently
    return nothing.
    """

    output_field = models.UUIDField()

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[str | int]]:
        return "%s::uuid", [ContextTenant.of(connection)]


class AmountField(models.DecimalField):
    """An exact number that keeps the digits it is given, for what has its currency's decimals:
    12.50 dollars, 1250 yen, 1.250 dinars. The column is numeric without a scale.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"max_digits": 14, "decimal_places": None}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_digits", None)
        return name, path, args, kwargs

    def _check_decimal_places(self) -> list[Any]:
        return []

    def _check_decimal_places_and_max_digits(self, **kwargs: Any) -> list[Any]:
        return []

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "numeric"


class TenantQuerySet(models.QuerySet[Row]):
    """Rows of one tenant; chainable words are added by subclasses."""

    def alive(self) -> Self:
        """Leave out soft-deleted rows (models without `deleted_at`: all rows)."""
        return self


class SoftDeleteQuerySet(TenantQuerySet[Row]):
    """Rows that are deleted by setting `deleted_at`."""

    def alive(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def deleted(self) -> Self:
        return self.filter(deleted_at__isnull=False)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Soft-delete the rows; returns what QuerySet.delete() returns."""
        count = self.update(deleted_at=Now())
        return count, {self.model._meta.label: count}

    delete.alters_data = True  # type: ignore[attr-defined]  # read by Django
    delete.queryset_only = True  # type: ignore[attr-defined]  # read by Django

    def restore(self) -> int:
        """Bring soft-deleted rows back; returns their number."""
        return self.update(deleted_at=None)

    restore.alters_data = True  # type: ignore[attr-defined]  # read by Django


class AllObjectsManager(models.Manager[Row]):
    """Every row of the current tenant, soft-deleted ones too."""

    use_in_migrations = False

    only_alive = False

    def get_queryset(self) -> TenantQuerySet[Row]:
        rows = cast("TenantQuerySet[Row]", super().get_queryset())
        rows.query = _conditions(type(rows), self.model, self.only_alive).chain()
        return rows


class TenantManager(AllObjectsManager[Row]):
    """The rows of the current tenant that people work with: the safe default."""

    only_alive = True


@cache
def _conditions(
    kind: type[TenantQuerySet[Any]], model: type[models.Model], only_alive: bool
) -> Query:
    """Return the query that a manager's querysets begin with; composing it each time is slow."""
    rows = kind(model).filter(tenant=CurrentTenant())
    return (rows.alive() if only_alive else rows).query


class TenantForeignKey(models.ForeignKey[Taken, Given]):
    """A foreign key inside one tenant, whose joins compare the tenant columns too.

    The constraint is a composite one, `(tenant_id, x_id) -> parent (tenant_id, id)`, and is made in
    SQL (see `<app>/sql/`): Django's own would accept another school's id.
    """

    def __init__(
        self, to: type[models.Model] | str, on_delete: Any = models.RESTRICT, **kwargs: Any
    ) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("db_index", False)  # the indexes lead with tenant_id and are named
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        # Migrations know a plain ForeignKey without a constraint, and import nothing of ours.
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, kwargs

    def get_extra_restriction(self, alias: str | None, related_alias: str | None) -> Exact | None:
        # Without aliases (the subquery of exclude()) the column would be ambiguous.
        if alias is None or related_alias is None:
            return None
        own, other = (
            cast("models.Field", cast("type[models.Model]", model)._meta.get_field("tenant"))
            for model in (self.model, self.related_model)
        )
        return Exact(own.get_col(alias), other.get_col(related_alias))


class OwnerTenantField(models.ForeignKey[Taken, Given]):
    """The tenant that a row belongs to; a new row belongs to the context's."""

    def __init__(
        self, to: str = "core.Tenant", on_delete: Any = models.RESTRICT, **kwargs: Any
    ) -> None:
        usual: dict[str, Any] = {
            "db_index": False,
            "related_name": "+",
            "editable": False,
            "default": rls.current_tenant_id,
        }
        super().__init__(to, on_delete, **(usual | kwargs))

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
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

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any]) -> Self:
        """Return the instance of a row, in a quarter of the time of `Model.__init__`.

        A list of 50 rows with their related ones makes 250. No model here listens to the signals
        of `__init__`, and what the database returns needs no default. A value may be DEFERRED.
        """
        row = cls.__new__(cls)
        state = row._state = ModelState()
        state.adding, state.db = False, db
        loaded = zip(field_names, values, strict=True)
        vars(row).update((name, value) for name, value in loaded if value is not DEFERRED)
        return row


class SoftDeleteModel(TenantModel):
    """A row that is deleted by setting `deleted_at`, and can be restored."""

    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TenantManager.from_queryset(SoftDeleteQuerySet)()  # type: ignore[misc,assignment]  # wider
    all_objects = AllObjectsManager.from_queryset(SoftDeleteQuerySet)()  # type: ignore[misc,assignment]  # wider

    class Meta(TenantModel.Meta):
        abstract = True

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Soft-delete this row."""
        return type(self).objects.filter(pk=self.pk).delete()

    delete.alters_data = True  # type: ignore[attr-defined]  # read by Django

    def restore(self) -> None:
        """Bring this row back; raises IntegrityError when its e-mail was taken since."""
        type(self).all_objects.filter(pk=self.pk).restore()

    restore.alters_data = True  # type: ignore[attr-defined]  # read by Django
