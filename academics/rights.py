"""What each role may do with the app's models in the admin (core.permissions)."""

from core.permissions import ALL, EDIT, VIEW, register

register(
    {
        "academics.academicyear": {"admin": ALL, "teacher": VIEW},
        "academics.term": {"admin": ALL, "teacher": VIEW},
        "academics.closedday": {"admin": ALL, "teacher": VIEW},
        "academics.gradingscale": {"admin": ALL, "teacher": VIEW},
        "academics.waitlistentry": {"admin": ALL, "teacher": VIEW},
        "academics.schoolclass": {"admin": ALL, "teacher": VIEW},
        "academics.schedule": {"admin": ALL, "teacher": VIEW},
        "academics.enrollment": {"admin": ALL, "teacher": EDIT},
        "academics.classsession": {"admin": ALL, "teacher": ALL},
        "academics.attendance": {"admin": ALL, "teacher": ALL},
        "academics.assignment": {"admin": ALL, "teacher": ALL},
        "academics.submission": {"admin": ALL, "teacher": EDIT},
        "academics.grade": {"admin": ALL, "teacher": ALL},
    },
    inline={"academics.assignmentweight": {"admin": ALL, "teacher": ALL}},
)
