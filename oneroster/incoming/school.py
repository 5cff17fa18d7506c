"""Which of a bundle's schools is meant: a tenant is one school, a bundle may be a district."""

from collections import Counter
from dataclasses import dataclass

from oneroster.bundle.errors import BundleError
from oneroster.models import SourcedRecord

MAX_LISTED = 50  # schools in the sentence


@dataclass(frozen=True)
class Org:
    """The school of the bundle; `only` when there is no other that rows could belong to."""

    sourced_id: str
    name: str
    only: bool

    @property
    def label(self):
        return f"{self.name} ({self.sourced_id})" if self.name else self.sourced_id


def choose(bundle, sourced_id=None):
    """Return the `Org` to import: the one named, the only one, or the one imported before.

    Raises BundleError with the list of schools when that leaves a choice.
    """
    schools = schools_of(bundle)
    if sourced_id is not None:
        if sourced_id not in schools:
            raise BundleError(
                f"The bundle has no school “{sourced_id}”. {_listed(bundle, schools)}"
            )
        return Org(sourced_id, schools[sourced_id], only=len(schools) == 1)
    if not schools:
        return Org("", "", only=True)
    if len(schools) == 1:
        [(only_id, name)] = schools.items()
        return Org(only_id, name, only=True)
    earlier = imported_before(schools)
    if len(earlier) == 1:
        return Org(earlier[0], schools[earlier[0]], only=False)
    raise BundleError(
        f"The bundle has {len(schools)} schools, and a school here is one of them: choose it "
        f"with --org. {_listed(bundle, schools)}"
    )


def schools_of(bundle):
    """Return {sourcedId: name}: orgs of type school, or else what the classes refer to."""
    schools = {
        row.sourced_id: row["name"]
        for row in bundle.rows("orgs")
        if row["type"].lower() == "school" and not row.deleted
    }
    if schools:
        return schools
    names = {row.sourced_id: row["name"] for row in bundle.rows("orgs")}
    referred = (row["schoolSourcedId"] for row in bundle.rows("classes") if not row.deleted)
    return {sourced_id: names.get(sourced_id, "") for sourced_id in referred if sourced_id}


def imported_before(schools):
    """Return the sourcedIds among `schools` that earlier imports of this school chose."""
    return list(
        SourcedRecord.objects.filter(
            entity="orgs", sourced_id__in=list(schools), resource_id__isnull=False
        ).values_list("sourced_id", flat=True)
    )


def _listed(bundle, schools):
    classes = Counter(row["schoolSourcedId"] for row in bundle.rows("classes"))
    entries = [
        f"{sourced_id} ({name + ', ' if name else ''}{classes[sourced_id]} classes)"
        for sourced_id, name in list(schools.items())[:MAX_LISTED]
    ]
    return f"It has: {'; '.join(entries)}." if entries else "It names no school."
