"""orgs.csv and courses.csv of an exported bundle."""

from oneroster.models import SourcedRecord
from oneroster.outgoing.files import clean, derived, recorded


class Orgs:
    """The school and its parent organizations; other schools of a district are left out."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.records = recorded("orgs")
        self.own = self._own()
        others = {
            sourced_id
            for sourced_id, org in self.records.items()
            if org.row.get("type", "").lower() == "school" and sourced_id != self.own
        }
        self.known = {self.own, *self.records} - others

    def _own(self):
        """Return the sourcedId of this school: the one that the last import chose."""
        chosen = SourcedRecord.objects.filter(entity="orgs", resource_id=self.tenant.pk)
        ids = chosen.order_by("-updated_at", "sourced_id").values_list("sourced_id", flat=True)
        return next(
            (sourced_id for sourced_id in ids if sourced_id in self.records), str(self.tenant.pk)
        )

    def pick(self, sourced_id):
        """Return the org if it is exported, else this school."""
        return sourced_id if sourced_id in self.known else self.own

    def rows(self):
        for sourced_id in sorted(self.known):
            org = self.records.get(sourced_id)
            row = clean("orgs", org.row) if org else self._row()
            if row.get("parentSourcedId") not in self.known:
                row["parentSourcedId"] = ""
            yield row | {"sourcedId": sourced_id}

    def _row(self):
        return {"name": self.tenant.name, "type": "school", "identifier": self.tenant.subdomain}


class Courses:
    """Courses: those of the bundles, and one for each subject and level of the classes made here.

    The courses of a district's other schools are left out unless a class here is one of them.
    """

    def __init__(self, tenant, orgs, sessions):
        self.tenant, self.orgs, self.sessions = tenant, orgs, sessions
        self.records = recorded("courses")
        self.used = set()
        self.made = {}  # sourcedId -> (subject, level)

    def pick(self, sourced_id, subject, level):
        """Return the sourcedId of a class's course."""
        if sourced_id in self.records:
            self.used.add(sourced_id)
            return sourced_id
        own = derived("course", self.tenant.pk, subject, level)
        self.made[own] = (subject, level)
        return own

    def rows(self):
        for sourced_id, course in self.records.items():
            org = course.row.get("orgSourcedId", "")
            if org and org not in self.orgs.known and sourced_id not in self.used:
                continue
            row = clean("courses", course.row) | {"sourcedId": sourced_id}
            row["orgSourcedId"] = self.orgs.pick(org) if org else ""
            if row.get("schoolYearSourcedId") not in self.sessions.records:
                row["schoolYearSourcedId"] = ""
            yield row
        for sourced_id, (subject, level) in sorted(self.made.items()):
            yield {
                "sourcedId": sourced_id,
                "title": subject,
                "grades": level,
                "orgSourcedId": self.orgs.own,
                "subjects": subject,
            }
