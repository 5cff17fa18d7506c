"""Attendance as files."""

from collections import defaultdict

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics import attendance_settings
from academics.admin.resources.shared import (
    CLASS_HEADERS,
    DATE_HEADERS,
    STATUS_HEADERS,
    STUDENT_HEADERS,
    check_student,
    class_by_code,
    classes,
    person,
)
from academics.models import (
    Attendance,
    ClassSession,
    Enrollment,
)
from exchange.admin.resources import people
from exchange.columns import (
    Choice,
    Column,
    Date,
    Integer,
    Moment,
    Time,
)
from exchange.imports.resource import ImportResource
from exchange.resources import register

# Names of the statuses in other systems, including the categories of Ed-Fi. "Partial" and "Early
# departure" have no counterpart: the person who imports the file decides.
ATTENDANCE_WORDS = {
    "p": Attendance.Status.PRESENT,
    "in attendance": Attendance.Status.PRESENT,
    "a": Attendance.Status.ABSENT,
    "unexcused": Attendance.Status.ABSENT,
    "unexcused absence": Attendance.Status.ABSENT,
    "l": Attendance.Status.LATE,
    "t": Attendance.Status.LATE,
    "tardy": Attendance.Status.LATE,
    "e": Attendance.Status.EXCUSED,
    "excused absence": Attendance.Status.EXCUSED,
}


@register(Attendance)
class AttendanceResource(ImportResource):
    """Attendance, identified by class, date, start time and student; sessions must exist."""

    school_class = Column(
        "class_session__school_class",
        gettext_lazy("Class code"),
        class_by_code(),
        required=True,
        key=True,
        readonly=True,
        synonyms=CLASS_HEADERS,
    )
    class_name = Column("class_session__school_class__name", gettext_lazy("Class"), readonly=True)
    session_date = Column(
        "class_session__session_date",
        gettext_lazy("Date"),
        Date(),
        required=True,
        key=True,
        readonly=True,
        synonyms=DATE_HEADERS,
    )
    start_time = Column(
        "class_session__start_time",
        gettext_lazy("From"),
        Time(),
        key=True,
        readonly=True,
        synonyms=["Time", "Begins", "Uhrzeit", "Hora", "Heure"],
    )
    student = Column(
        "student",
        gettext_lazy("Student e-mail"),
        person(),
        required=True,
        key=True,
        synonyms=STUDENT_HEADERS,
    )
    student_name = Column("student__name", gettext_lazy("Student"), readonly=True)
    status = Column(
        "status",
        gettext_lazy("Status"),
        Choice(Attendance.Status, ATTENDANCE_WORDS),
        required=True,
        needed=True,
        synonyms=["Attendance", "Anwesenheit", "Asistencia", "Présence", *STATUS_HEADERS],
    )
    minutes_late = Column(
        "minutes_late", gettext_lazy("Minutes late"), Integer(), synonyms=["Late by", "Minutes"]
    )
    code = Column("code", gettext_lazy("Attendance code"), synonyms=["Kürzel"])
    notes = Column(
        "notes", gettext_lazy("Notes"), synonyms=["Comment", "Bemerkung", "Notas", "Remarque"]
    )
    recorded_by = Column("recorded_by", gettext_lazy("Recorded by"), person(), readonly=True)
    recorded_at = Column("recorded_at", gettext_lazy("Recorded at"), Moment(), readonly=True)

    stands_in = {
        "class_session": ("class_session__session_date",),
        "school_class": ("class_session__school_class",),
    }

    template_version = "2"
    completes = ("class_session", "recorded_by", "recorded_at")

    class Meta:
        model = Attendance

    def prepare(self, piece):
        students = list(people(piece.texts("student")))
        school_classes = list(classes(piece.texts("class_session__school_class")))
        self.codes = {code.code: code.status for code in attendance_settings.codes()}
        self.known("student", students)
        self.known("class_session__school_class", school_classes)
        by_id = {school_class.pk: school_class for school_class in school_classes}
        self.sessions = defaultdict(list)
        days = piece.dates(self.column("class_session__session_date"))
        sessions = list(
            ClassSession.objects.filter(school_class__in=school_classes, session_date__in=days)
        )
        for session in sessions:
            session.school_class = by_id[session.school_class_id]
            self.sessions[session.school_class_id, session.session_date].append(session)
        self.places = defaultdict(list)
        for row in Enrollment.objects.filter(school_class__in=school_classes, student__in=students):
            self.places[row.school_class_id, row.student_id].append(row)
        self._load_existing(sessions, students)

    def _load_existing(self, sessions, students):
        by_id = {session.pk: session for session in sessions}
        names = {student.pk: student for student in students}
        rows = Attendance.objects.filter(
            class_session__in=sessions, student__in=students
        ).prefetch_related("recorded_by")
        self.existing = {}
        for row in rows:
            row.class_session = by_id[row.class_session_id]
            row.student = names[row.student_id]
            self.existing[row.class_session_id, row.student_id] = row

    def find(self, values):
        values["class_session"] = self._session(values)
        return self.existing.get((values["class_session"].pk, values["student"].pk))

    def _session(self, values):
        school_class = values["class_session__school_class"]
        day = values["class_session__session_date"]
        start = values.get("class_session__start_time")
        sessions = self.sessions.get((school_class.pk, day), [])
        if start is not None:
            sessions = [session for session in sessions if session.start_time == start]
        if len(sessions) == 1:
            return sessions[0]
        words = {"class": school_class, "day": day.isoformat(), "count": len(sessions)}
        if sessions:
            name, sentence = (
                "class_session__start_time",
                _("%(class)s has %(count)d sessions on %(day)s; say which by its start time."),
            )
        elif start is None:
            name, sentence = (
                "class_session__session_date",
                _("%(class)s has no session on %(day)s."),
            )
        else:
            words["start"] = f"{start:%H:%M}"
            name, sentence = (
                "class_session__start_time",
                _("%(class)s has no session on %(day)s at %(start)s."),
            )
        raise ValidationError({name: sentence % words})

    def key(self, values, instance):
        return values["class_session"].pk, values["student"].pk

    def complete(self, instance, values, is_new, changed):
        instance.class_session = values["class_session"]
        if is_new or changed:
            instance.recorded_by = self.by
        if changed and not is_new:
            instance.recorded_at = timezone.now()

    def check(self, instance, values, is_new):
        self._check_details(instance, is_new)
        if not is_new:
            return
        check_student(values)
        school_class = values["class_session__school_class"]
        day = values["class_session__session_date"]
        places = self.places[school_class.pk, values["student"].pk]
        if not any(place.includes(day) for place in places):
            words = {"student": values["student"], "class": school_class, "day": day.isoformat()}
            raise ValidationError(
                {
                    "student": _("%(student)s was not enrolled in %(class)s on %(day)s.") % words
                    if places
                    else _("%(student)s is not enrolled in %(class)s.") % words
                }
            )

    def _check_details(self, instance, is_new):
        """Minutes stand beside “late”, and a code beside the status that it is for."""
        if instance.minutes_late is not None and (
            instance.status != Attendance.Status.LATE or not 1 <= instance.minutes_late <= 600
        ):
            sentence = _("Minutes stand beside “Late” only: between 1 and 600.")
            raise ValidationError({"minutes_late": sentence})
        status = self.codes.get(instance.code)
        # A mark keeps a code that the school gave up since.
        if instance.code and status != instance.status and (is_new or status):
            sentence = _("The school does not use this code for this status.")
            raise ValidationError({"code": sentence})
