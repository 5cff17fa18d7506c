"""Example schools, generated: the same people, classes and history for the same day.

Each module makes the rows of one part of a school and copies them in; `schools.build` runs them in
order in one transaction. They run as the schema's owner, because COPY is closed to a role under
row-level security. Constraints and triggers hold for the owner too; only the audit trail is off
while rows are loaded.

Random numbers come from generators named after their part, so that a part can change without
changing the others, and people and classes do not depend on the day.
"""
