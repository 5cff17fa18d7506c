"""Putting students into a year group or homeroom, many at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.models import Homeroom, User, YearGroup


@dataclass(frozen=True)
class Placed:
    """What came of it: who is newly there, who came from another homeroom, who was there before."""

    new: list[User] = field(default_factory=list)
    moved: list[User] = field(default_factory=list)
    already: list[User] = field(default_factory=list)

    def sentences(self, group: YearGroup | Homeroom) -> list[str]:
        """Return what happened, in words."""
        lines = []
        if count := len(self.new):
            text = ngettext(
                "%(n)d student is in %(group)s.", "%(n)d students are in %(group)s.", count
            )
            lines.append(text % {"n": count, "group": group})
        if self.moved:
            names = ", ".join(student.name for student in self.moved)
            lines.append(_("Moved from another: %(names)s.") % {"names": names})
        if count := len(self.already):
            text = ngettext("%(n)d was there already.", "%(n)d were there already.", count)
            lines.append(text % {"n": count})
        return lines


def place(*, students: Sequence[User], group: YearGroup | Homeroom) -> Placed:
    """Put students into a homeroom (and so its year group), or into a year group; return `Placed`.

    Who is in a homeroom of that year group already stays in it. One statement: all or nothing.
    """
    key = "homeroom_id" if isinstance(group, Homeroom) else "year_group_id"
    placed = Placed()
    for student in students:
        before = getattr(student, key)
        if before == group.pk:
            placed.already.append(student)
            continue
        placed.new.append(student)
        if before is not None:
            placed.moved.append(student)
    rows = User.objects.filter(pk__in=[student.pk for student in placed.new])
    rows.update(**{key: group.pk})
    return placed
