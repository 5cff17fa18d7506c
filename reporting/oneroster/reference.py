"""orgs, academicSessions, courses and categories: no table of their own, kept as records."""


def plan(session):
    """Record the four files; classes and assignments take their dates and subjects from there."""

    def org(row):
        # The chosen school is this tenant, so that the next import need not be told again.
        is_chosen = row.sourced_id == session.org.sourced_id
        session.keep(row, session.tenant.pk if is_chosen else None, {})

    def academic_session(row):
        start, end = session.date(row, "startDate"), session.date(row, "endDate")
        session.keep(row, None, {"start": start, "end": end, "type": row["type"].lower()})

    session.each("orgs", org)
    session.each("academicSessions", academic_session)
    session.each("courses", lambda row: session.keep(row, None, {}))
    session.each("categories", lambda row: session.keep(row, None, {}))


def columns(session, entity, sourced_id):
    """Return the columns of a recorded row, {} when it is unknown."""
    record = session.records.get(entity, sourced_id)
    return record.data["row"] if record else {}
