"""What each role may do with the app's models in the admin (core.permissions)."""

from core.permissions import ALL, DROP, EDIT, VIEW, register

register(
    {
        "academics.academicyear": {"people_office": ALL, "bursar": VIEW, "teacher": VIEW},
        "academics.term": {"people_office": ALL, "bursar": VIEW, "teacher": VIEW},
        "academics.closedday": {"people_office": ALL, "teacher": VIEW},
        "academics.gradingscale": {"people_office": ALL, "teacher": VIEW},
        "academics.waitlistentry": {"people_office": ALL, "teacher": VIEW},
        "academics.schoolclass": {"people_office": ALL, "bursar": VIEW, "teacher": VIEW},
        "academics.schedule": {"people_office": ALL, "teacher": VIEW},
        "academics.enrollment": {"people_office": ALL, "teacher": EDIT},
        "academics.classsession": {"people_office": ALL, "teacher": ALL},
        "academics.attendance": {"people_office": ALL, "teacher": ALL},
        "academics.dailyattendance": {"people_office": ALL, "teacher": ALL},
        "academics.studentmerge": {"people_office": VIEW},
        "academics.absence": {"people_office": ALL},
        "academics.absencecall": {"people_office": DROP},
        "academics.assignment": {"people_office": ALL, "teacher": ALL},
        "academics.submission": {"people_office": ALL, "teacher": EDIT},
        "academics.grade": {"people_office": ALL, "teacher": ALL},
    },
    inline={"academics.assignmentweight": {"people_office": ALL, "teacher": ALL}},
)
