"""What a report is: a view, its columns, filters and orders, and who may run it."""

from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core import offices, rls
from exchange.columns import Text
from exchange.exports.source import Source, SourceColumn


@dataclass(frozen=True)
class Column:
    """One column of a report's view.

    `name`      in the view
    `label`     the header, on the page and in a file
    `kind`      how a value is written (a widget of exchange.columns)
    `choices`   a Django Choices class whose labels the page shows
    `hidden`    in files only: what identifies people, classes and records
    `nullable`  may be NULL; sorted last in both directions
    `percent`   a share of 100
    `sorted_by` the column of the view that it is sorted by, when not itself: a name's sort_name
    """

    name: str
    label: str
    kind: object = field(default_factory=Text)
    choices: object = None
    hidden: bool = False
    nullable: bool = False
    percent: bool = False
    sorted_by: str = ""


@dataclass(frozen=True, eq=False)
class Report:
    """One report of the catalog.

    `view` has the columns by their names, `tenant_id`, and `id`, which is unique among a reader's
    rows and decides between rows that are otherwise equal. `order` is one of `sorts`, with "-"
    for descending. `sorts` maps a column that people may sort by to the columns that follow it
    (a tie goes to `id` in the end): the ones that an index serves, or any of a report whose view
    is small. `chart` is drawn above the rows. `summarizes`: the view reads many rows for each of
    its own, so that counting them costs as much as showing them. `class_column` is where the view
    has the class that a row belongs to; see `rows`.
    """

    name: str
    title: str
    description: str
    subject: str
    view: str
    columns: tuple[Column, ...]
    filters: tuple = ()
    roles: tuple[str, ...] = offices.TEACHING
    order: str = "id"
    sorts: dict = field(default_factory=dict)
    chart: object = None
    summarizes: bool = False
    class_column: str = ""
    version: str = "1"

    @property
    def id(self):
        return f"{self.name}_v{self.version}"

    @cached_property
    def by_name(self):
        return {column.name: column for column in self.columns}

    @property
    def shown(self):
        """The columns of the page."""
        return [column for column in self.columns if not column.hidden]

    def parse(self, mapping):
        """Return the values of the filters ({parameter: text}) from a URL's or a dict's.

        Raises ValidationError with {parameter: sentences}, also for a parameter that is no
        filter's: left out silently, it would let through what somebody meant to leave out.
        """
        values, errors = {}, {}
        for report_filter in self.filters:
            try:
                values |= report_filter.parse(mapping)
            except ValidationError as error:
                errors |= error.message_dict
        known = {key for report_filter in self.filters for key in report_filter.keys}
        for key in mapping:
            if key not in known:
                errors[key] = [_("This report has no filter “%(name)s”.") % {"name": key[:50]}]
        if errors:
            raise ValidationError(errors)
        return values

    def describe(self, values):
        """Return [(label, text)] of the filters that are set. Inside a context."""
        described = [(str(f.label), f.describe(values)) for f in self.filters]
        return [(label, text) for label, text in described if text]

    def source(self, values, sort=None):
        """Return the rows as a `Source` for a file. Inside the reader's context.

        `sort` is a column's name, with "-" for descending; None is the report's own order.
        Raises ValidationError when values or sort are none of this report's (any more).
        """
        values = self.parse(values)
        names = ", ".join(column.name for column in self.columns)
        rows, params = self.rows(values)
        order = ", ".join(key.order() for key in self.keys(sort))
        return Source(
            title=str(self.title),
            columns=tuple(SourceColumn(str(c.label), c.kind, not c.hidden) for c in self.columns),
            sql=f"select {names} {rows} order by {order}",
            params=tuple(params),
            settings=self.settings(values),
            filters=tuple(self.describe(values)),
            unordered=f"select {names} {rows}",
        )

    def rows(self, values):
        """Return ("from ... where ...", parameters): the rows that the filters let through.

        `values` are `parse`d ones.
        """
        # The policies ask for the same, but the planner can use a constant in every join.
        parts, params = ["tenant_id = %s::uuid"], [rls.current_tenant().pk]
        if self.class_column and rls.current().role == "teacher":
            # The policies ask for these, too, but the planner overestimates their OR.
            parts.append(f"{self.class_column} = any(%s::uuid[])")
            params.append(_taught_classes())
        for report_filter in self.filters:
            condition, more = report_filter.where(values)
            if condition:
                parts.append(condition)
                params += more
        return f"from {self.view} where {' and '.join(parts)}", params

    def applied(self, values):
        """Apply the settings of the view in a block, as `Source.applied` does."""
        return Source("", (), "", settings=self.settings(values)).applied()

    def settings(self, values):
        """Return {setting: text} of the period that the view reads."""
        return {
            name: text
            for report_filter in self.filters
            for name, text in report_filter.settings(values).items()
        }

    @cached_property
    def term(self):
        """The filter of the term; None if the rows belong to no class."""
        return next((f for f in self.filters if "term" in f.keys), None)

    def settled(self, values):
        """Return the values completed with the defaults that apply to them."""
        return values | {
            name: text
            for report_filter in self.filters
            for name, text in report_filter.settled(values).items()
        }

    def keys(self, sort=None):
        """Return the `Key`s of an order, the last of them unique."""
        sort = sort or self.order
        name = sort.removeprefix("-")
        if name not in self.sorts:
            raise ValidationError(
                {"sort": _("This report cannot be sorted by “%(name)s”.") % {"name": name[:50]}}
            )
        names = [name, *self.sorts[name]]
        columns = [self.by_name[n] for n in names]
        keys = [
            Key(c.sorted_by or c.name, c.name == name and sort != name, c.nullable) for c in columns
        ]
        return (*keys, Key("id", False, False))


def _taught_classes():
    """Return the ids of the teacher's own classes, as the policies define them."""
    with connection.cursor() as cursor:
        cursor.execute("select id from app.taught_classes")
        return [str(class_id) for (class_id,) in cursor.fetchall()]


@dataclass(frozen=True)
class Key:
    """One column of an order."""

    name: str
    descending: bool
    nullable: bool

    def order(self, backwards=False):
        """Return the term of ORDER BY. NULLs come last; `backwards` they come first.

        A column without NULLs has no NULLS clause: with one its index could not be used.
        """
        descending = self.descending != backwards
        nulls = (" nulls first" if backwards else " nulls last") if self.nullable else ""
        return f"{self.name}{' desc' if descending else ''}{nulls}"
