"""Collect what an import creates, changes and deletes, then write it table by table in bulk."""

from collections import defaultdict

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from academics.models import Assignment, Enrollment, Grade, SchoolClass, Submission
from core.models import User
from core.models.user import PLACEHOLDER_DOMAIN
from reporting.models import SourcedRecord

BATCH = 2_000  # rows a statement
# A row is written after what it refers to.
ORDER = [User, SchoolClass, Enrollment, Assignment, Submission, Grade]


class Writes:
    """New, changed and deleted objects, by model; each object once."""

    def __init__(self):
        self._created = defaultdict(dict)
        self._updated = defaultdict(dict)
        self._fields = defaultdict(set)
        self._deleted = defaultdict(dict)
        self._parked = set()

    def create(self, obj):
        self._created[type(obj)][obj.pk] = obj
        return obj

    def update(self, obj, values):
        """Set attributes of an object; what already has the value is left alone.

        Returns whether anything changed.
        """
        names = [name for name, value in values.items() if getattr(obj, name) != value]
        for name in names:
            setattr(obj, name, values[name])
        if names and obj.pk not in self._created[type(obj)]:
            self._updated[type(obj)][obj.pk] = obj
            self._fields[type(obj)].update(names)
        return bool(names)

    def delete(self, obj):
        self._deleted[type(obj)][obj.pk] = obj

    def park(self, user):
        """Free a person's address before another is given to them in the same import."""
        self._parked.add(user.pk)

    def apply(self, records):
        """Write everything, and the records of it.

        Raises django.db.DatabaseError where the database refuses a row.
        """
        for model in reversed(ORDER):
            if self._deleted[model]:
                model.all_objects.filter(pk__in=list(self._deleted[model])).delete()
        User.all_objects.filter(pk__in=self._parked & self._updated[User].keys()).update(
            email=Concat(Cast("pk", CharField()), Value("@" + PLACEHOLDER_DOMAIN))
        )
        for model in ORDER:
            # Changes first: a class gets its seats, and an address is free, before they are taken.
            write_changed(model, self._updated[model].values(), self._fields[model])
            model.all_objects.bulk_create(self._created[model].values(), batch_size=BATCH)
        SourcedRecord.objects.bulk_create(records.created.values(), batch_size=BATCH)
        write_changed(SourcedRecord, records.updated.values(), {"resource_id", "data"})


def write_changed(model, objects, fields):
    """Update `fields` of existing rows by one upsert a batch, in the order of their ids.

    An upsert is many times quicker than bulk_update, whose CASE grows with rows times fields; the
    order keeps two imports from waiting for each other.
    """
    if not objects:
        return
    names = {model._meta.get_field(name).name for name in fields}
    model.all_objects.bulk_create(
        sorted(objects, key=lambda obj: obj.pk),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=sorted(names),
    )
