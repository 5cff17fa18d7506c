"""What the school keeps about one person, table by table, in words that the person understands.

Only the person's own rows and columns. Of others there is the name of a class's teacher, which is
on every timetable, and nothing else: not who recorded or changed something, and of what the person
did to rows of others only that they did it. The queries run under the policies of whoever asks.
"""

from school.person_file import classes, files, money, people, trail

# In the order in which a person reads them.
TABLES = [
    people.PROFILE,
    people.ONEROSTER,
    classes.CLASSES_ATTENDED,
    classes.WAITLISTS,
    people.GUARDIANS,
    people.GUARDIAN,
    people.CHILDREN,
    classes.CLASSES_TAUGHT,
    classes.ATTENDANCE,
    classes.ASSIGNMENTS_AND_SUBMISSIONS,
    classes.FILES_HANDED_IN,
    classes.GRADES,
    money.INVOICES,
    money.PAYMENTS,
    classes.WORK_RECORDED,
    files.EXPORTS,
    files.IMPORTS,
    files.SCHEDULED_REPORTS,
    files.REPORTS_RECEIVED,
    files.SAVED_FILTERS,
    files.CONVERSATIONS,
    trail.SIGN_INS,
    trail.CHANGES_TO_THEIR_DATA,
    trail.CHANGES_BY_THEM,
]
