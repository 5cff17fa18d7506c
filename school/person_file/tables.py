"""The tables of the file about one person.

They hold the person's own rows and columns only. Of other people there is the name of a class's
teacher, but not who recorded or changed something; of changes by the person to rows of others there
is only the action. The queries run under the policies of the person who requests the file.
"""

from school.person_file import classes, files, money, people, trail

# In the order in which a person reads them.
TABLES = [
    people.PROFILE,
    people.ONEROSTER,
    classes.APPLICATIONS,
    classes.APPLICATION_DOCUMENTS,
    classes.CLASSES_ATTENDED,
    classes.WAITLISTS,
    people.GUARDIANS,
    people.GUARDIAN,
    people.CHILDREN,
    classes.CLASSES_TAUGHT,
    people.HOMEROOMS,
    classes.ATTENDANCE,
    classes.DAYS,
    classes.ABSENCES,
    classes.CALLS,
    classes.ASSIGNMENTS_AND_SUBMISSIONS,
    classes.FILES_HANDED_IN,
    classes.GRADES,
    *money.TABLES,
    classes.WORK_RECORDED,
    files.EXPORTS,
    files.IMPORTS,
    files.SCHEDULED_REPORTS,
    files.REPORTS_RECEIVED,
    files.SAVED_FILTERS,
    files.SAVED_VIEWS,
    files.CONVERSATIONS,
    trail.SIGN_INS,
    trail.CHANGES_TO_THEIR_DATA,
    trail.CHANGES_BY_THEM,
]
