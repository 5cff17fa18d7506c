"""orgs, courses and categories: no table of their own, kept as records."""


def plan(session):
    """Record the three files; classes and assignments take subjects and types from there."""

    def org(row):
        # The record remembers which school was chosen, for the next import.
        is_chosen = row.sourced_id == session.org.sourced_id
        session.keep(row, session.tenant.pk if is_chosen else None, {})

    session.each("orgs", org)
    session.each("courses", lambda row: session.keep(row, None, {}))
    session.each("categories", lambda row: session.keep(row, None, {}))


def columns(session, entity, sourced_id):
    """Return the columns of a recorded row, {} when it is unknown."""
    record = session.records.get(entity, sourced_id)
    return record.data["row"] if record else {}
