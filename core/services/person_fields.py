"""The fields of people's records: naming new ones, and removing those that are not wanted."""

from django.db.models import CharField, Func, Q, Value
from django.utils.text import slugify

from core.models import PersonField, User

MAX_KEY = 50


class DisplayName(Func):
    """The name that the parts of a record make (core/sql/person_fields.sql)."""

    function = "app.display_name"
    output_field = CharField()


def rename_people(*, before: str | None, after: str | None) -> int:
    """Make the names that are made of their parts anew, by another style; return how many."""
    people = User.all_objects.filter(name=DisplayName("metadata", Value(before or "")))
    made = DisplayName("metadata", Value(after or ""))
    return people.exclude(name=made).update(name=made)


def is_in_use(field: PersonField) -> bool:
    """Return whether anybody, also somebody deleted, has something in the field."""
    people = User.all_objects.filter(role=field.role)
    return people.filter(metadata__has_key=field.key).exists()


def remove(field: PersonField) -> bool:
    """Delete a field, or archive it where it is in use; return whether it is gone."""
    if is_in_use(field):
        field.is_archived = True
        field.save(update_fields=["is_archived"])
        return False
    field.delete()
    return True


def new_key(label: str, role: str) -> str:
    """Return a key for a new field of a role, made of its label, that no other field has."""
    words = slugify(label).replace("-", "_").strip("_").replace("__", "_")[: MAX_KEY - 4]
    stem = words if words[:1].isalpha() else f"field_{words}".strip("_")
    same = PersonField.objects.filter(Q(key=stem) | Q(key__startswith=f"{stem}_"), role=role)
    taken = set(same.values_list("key", flat=True))
    keys = (stem if n == 1 else f"{stem}_{n}" for n in range(1, len(taken) + 2))
    return next(key for key in keys if key not in taken)
