"""Classes, enrollments and attendance as files; the other academic tables to be read."""

from collections import defaultdict

from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics.models import (
    Assignment,
    Attendance,
    ClassSession,
    Enrollment,
    Grade,
    Schedule,
    SchoolClass,
    Submission,
)
from core.admin.resources import people
from core.exchange.columns import (
    Choice,
    Column,
    Date,
    Email,
    Integer,
    Json,
    Moment,
    Number,
    Reference,
    Text,
    Time,
)
from core.exchange.imports import ImportResource
from core.exchange.resources import SchoolResource, register
from core.models import User

STUDENT_HEADERS = [
    "Student",
    "Pupil e-mail",
    "E-mail",
    "Mail",
    "Schüler E-Mail",
    "Correo del estudiante",
    "E-mail de l'élève",
]
CLASS_HEADERS = ["Code", "Section", "Course code", "Klasse", "Kurs", "Código de clase", "Classe"]
DATE_HEADERS = ["Day", "Session date", "Datum", "Fecha", "Jour"]
STATUS_HEADERS = ["State", "Estado", "Statut"]


def person():
    """Return the kind of a column that names a person by e-mail address."""
    return Reference(
        "email",
        gettext_lazy("Nobody you can see has the e-mail address “%(text)s”."),
        example=Email.example,
    )


def class_by_code():
    """Return the kind of a column that names a class by its code."""
    return Reference(
        "code",
        gettext_lazy("There is no class with the code “%(text)s” that you can see."),
        gettext_lazy("%(count)d classes have the code “%(text)s”; give each its own first."),
        example="MATH-101",
    )


def classes(codes):
    """Return the classes of the school with these codes (lower case)."""
    return SchoolClass.objects.annotate(lower_code=Lower("code")).filter(lower_code__in=codes)


@register(SchoolClass)
class SchoolClassResource(ImportResource):
    """Classes, told apart by their code."""

    code = Column(
        "code",
        gettext_lazy("Class code"),
        Text(50),
        required=True,
        key=True,
        synonyms=CLASS_HEADERS,
        example="MATH-101",
    )
    name = Column(
        "name",
        gettext_lazy("Name"),
        Text(255),
        needed=True,
        synonyms=["Title", "Class name", "Course name", "Bezeichnung", "Nombre", "Nom"],
        example="Mathematics",
    )
    subject = Column(
        "subject", gettext_lazy("Subject"), Text(100), synonyms=["Fach", "Asignatura", "Matière"]
    )
    level = Column(
        "level",
        gettext_lazy("Level"),
        Text(50),
        synonyms=["Grade level", "Year", "Stufe", "Nivel", "Niveau"],
    )
    description = Column(
        "description", gettext_lazy("Description"), synonyms=["Beschreibung", "Descripción"]
    )
    teacher = Column(
        "teacher",
        gettext_lazy("Teacher e-mail"),
        person(),
        synonyms=["Lehrkraft E-Mail", "Instructor", "Instructor e-mail", "Correo del profesor"],
    )
    teacher_name = Column("teacher__name", gettext_lazy("Teacher"), readonly=True)
    capacity = Column(
        "capacity", gettext_lazy("Capacity"), Integer(), synonyms=["Seats", "Plätze", "Capacidad"]
    )
    enrolled = Column("enrolled_count", gettext_lazy("Enrolled"), Integer(), readonly=True)
    schedule_description = Column(
        "schedule_description", gettext_lazy("Schedule in words"), Text(500)
    )
    start_date = Column(
        "start_date",
        gettext_lazy("First day"),
        Date(),
        needed=True,
        synonyms=["Start", "Begin date", "Beginn", "Fecha de inicio", "Date de début"],
    )
    end_date = Column(
        "end_date",
        gettext_lazy("Last day"),
        Date(),
        synonyms=["End", "Ende", "Fecha de fin", "Date de fin"],
    )
    status = Column(
        "status", gettext_lazy("Status"), Choice(SchoolClass.Status), synonyms=STATUS_HEADERS
    )

    class Meta:
        model = SchoolClass

    def prepare(self, piece):
        self.known("teacher", people(piece.texts("teacher")))
        self.existing = defaultdict(list)
        found = classes(piece.texts("code")).prefetch_related(*self.references())
        for school_class in found:
            self.existing[school_class.code.casefold()].append(school_class)

    def find(self, values):
        found = self.existing.get(values["code"].casefold(), [])
        if len(found) > 1:
            raise ValidationError(
                {
                    "code": _(
                        "%(count)d classes have the code “%(text)s”; give each its own first."
                    )
                    % {"count": len(found), "text": values["code"]}
                }
            )
        return found[0] if found else None

    def key(self, values, instance):
        return values["code"].casefold()

    def check(self, instance, values, is_new):
        teacher = values.get("teacher")
        if teacher is not None and teacher.role == User.Role.STUDENT:
            raise ValidationError({"teacher": _("%(name)s is not a teacher.") % {"name": teacher}})
        if instance.end_date and instance.end_date < instance.start_date:
            raise ValidationError({"end_date": _("The last day is before the first day.")})


def check_student(values, name="student"):
    """Raise ValidationError when the person in the column is not a student."""
    found = values.get(name)
    if found is not None and found.role != User.Role.STUDENT:
        raise ValidationError({name: _("%(name)s is not a student.") % {"name": found}})


@register(Enrollment)
class EnrollmentResource(ImportResource):
    """Enrollments, told apart by student and class; among several of one pair, see `find`."""

    student = Column(
        "student",
        gettext_lazy("Student e-mail"),
        person(),
        required=True,
        key=True,
        synonyms=STUDENT_HEADERS,
    )
    student_name = Column("student__name", gettext_lazy("Student"), readonly=True)
    school_class = Column(
        "school_class",
        gettext_lazy("Class code"),
        class_by_code(),
        required=True,
        key=True,
        synonyms=CLASS_HEADERS,
    )
    class_name = Column("school_class__name", gettext_lazy("Class"), readonly=True)
    enrollment_date = Column(
        "enrollment_date",
        gettext_lazy("Enrolled on"),
        Date(),
        synonyms=["Entry date", "Begin date", "Anmeldedatum", "Fecha de matrícula"],
    )
    completion_date = Column(
        "completion_date",
        gettext_lazy("Completed on"),
        Date(),
        synonyms=["Exit date", "End date", "Abschlussdatum"],
    )
    status = Column(
        "status", gettext_lazy("Status"), Choice(Enrollment.Status), synonyms=STATUS_HEADERS
    )
    attendance_rate = Column(
        "attendance_rate", gettext_lazy("Attendance rate"), Number(5), readonly=True
    )
    current_grade = Column("current_grade", gettext_lazy("Current grade"), Text(10))

    class Meta:
        model = Enrollment

    def prepare(self, piece):
        students = list(people(piece.texts("student")))
        found = list(classes(piece.texts("school_class")))
        self.known("student", students)
        self.known("school_class", found)
        self.existing = defaultdict(list)
        rows = Enrollment.objects.filter(student__in=students, school_class__in=found)
        for row in rows.order_by("enrollment_date").prefetch_related(*self.references()):
            self.existing[row.student_id, row.school_class_id].append(row)

    def find(self, values):
        """Whoever left a class and came back has two: the date and status tell which is meant."""
        rows = self.existing.get((values["student"].pk, values["school_class"].pk), [])
        day, status = values.get("enrollment_date"), values.get("status")
        if day is not None:
            same_day = [row for row in rows if row.enrollment_date == day]
            if same_day:
                return next((row for row in same_day if row.status == status), same_day[0])
        active = [row for row in rows if row.status == Enrollment.Status.ACTIVE]
        if active:
            return active[0]
        if day is not None or status == Enrollment.Status.ACTIVE:
            return None
        return rows[-1] if rows else None

    def key(self, values, instance):
        if instance is not None:
            return instance.pk
        return values["student"].pk, values["school_class"].pk, values.get("enrollment_date")

    def check(self, instance, values, is_new):
        if is_new:
            check_student(values)


@register(Attendance)
class AttendanceResource(ImportResource):
    """Attendance, told apart by class, date, start time and student; sessions must exist."""

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
        Choice(Attendance.Status),
        required=True,
        needed=True,
        synonyms=["Attendance", "Anwesenheit", "Asistencia", "Présence", *STATUS_HEADERS],
    )
    notes = Column(
        "notes", gettext_lazy("Notes"), synonyms=["Comment", "Bemerkung", "Notas", "Remarque"]
    )
    recorded_by = Column("recorded_by", gettext_lazy("Recorded by"), person(), readonly=True)
    recorded_at = Column("recorded_at", gettext_lazy("Recorded at"), Moment(), readonly=True)

    stands_in = {
        "class_session": ("class_session__session_date",),
        "school_class": ("class_session__school_class",),
    }

    completes = ("class_session", "recorded_by", "recorded_at")

    class Meta:
        model = Attendance

    def prepare(self, piece):
        students = list(people(piece.texts("student")))
        found = list(classes(piece.texts("class_session__school_class")))
        self.known("student", students)
        self.known("class_session__school_class", found)
        by_id = {school_class.pk: school_class for school_class in found}
        self.sessions = defaultdict(list)
        days = piece.dates(self.column("class_session__session_date"))
        sessions = list(ClassSession.objects.filter(school_class__in=found, session_date__in=days))
        for session in sessions:
            session.school_class = by_id[session.school_class_id]
            self.sessions[session.school_class_id, session.session_date].append(session)
        self.enrolled = set(
            Enrollment.objects.filter(school_class__in=found, student__in=students).values_list(
                "school_class_id", "student_id"
            )
        )
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
        found = self.sessions.get((school_class.pk, day), [])
        if start is not None:
            found = [session for session in found if session.start_time == start]
        if len(found) == 1:
            return found[0]
        words = {"class": school_class, "day": day.isoformat(), "count": len(found)}
        if found:
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
        if not is_new:
            return
        check_student(values)
        school_class = values["class_session__school_class"]
        if (school_class.pk, values["student"].pk) not in self.enrolled:
            raise ValidationError(
                {
                    "student": _("%(student)s is not enrolled in %(class)s.")
                    % {"student": values["student"], "class": school_class}
                }
            )


@register(Schedule)
class ScheduleResource(SchoolResource):
    school_class = Column("school_class", gettext_lazy("Class code"), class_by_code())
    class_name = Column("school_class__name", gettext_lazy("Class"))
    weekday = Column("get_weekday_display", gettext_lazy("Weekday"))
    start_time = Column("start_time", gettext_lazy("From"), Time())
    end_time = Column("end_time", gettext_lazy("To"), Time())
    room = Column("room", gettext_lazy("Room"))
    valid_from = Column("valid_from", gettext_lazy("Valid from"), Date())
    valid_to = Column("valid_to", gettext_lazy("Valid to"), Date())

    class Meta:
        model = Schedule


@register(ClassSession)
class ClassSessionResource(SchoolResource):
    school_class = Column("school_class", gettext_lazy("Class code"), class_by_code())
    class_name = Column("school_class__name", gettext_lazy("Class"))
    session_date = Column("session_date", gettext_lazy("Date"), Date())
    start_time = Column("start_time", gettext_lazy("From"), Time())
    end_time = Column("end_time", gettext_lazy("To"), Time())
    topic = Column("topic", gettext_lazy("Topic"))
    notes = Column("notes", gettext_lazy("Notes"))
    status = Column("status", gettext_lazy("Status"))

    class Meta:
        model = ClassSession


@register(Assignment)
class AssignmentResource(SchoolResource):
    school_class = Column("school_class", gettext_lazy("Class code"), class_by_code())
    class_name = Column("school_class__name", gettext_lazy("Class"))
    title = Column("title", gettext_lazy("Title"))
    description = Column("description", gettext_lazy("Description"))
    type = Column("type", gettext_lazy("Type"))
    assigned_date = Column("assigned_date", gettext_lazy("Given on"), Date())
    due_date = Column("due_date", gettext_lazy("Due on"), Date())
    max_score = Column("max_score", gettext_lazy("Highest score"), Integer())
    status = Column("status", gettext_lazy("Status"))
    content = Column("content", gettext_lazy("Content"), Json())
    attachments = Column("attachments", gettext_lazy("Attachments"), Json())

    class Meta:
        model = Assignment


@register(Submission)
class SubmissionResource(SchoolResource):
    school_class = Column("assignment__school_class", gettext_lazy("Class code"), class_by_code())
    assignment = Column("assignment__title", gettext_lazy("Assignment"))
    student = Column("student", gettext_lazy("Student e-mail"), person())
    student_name = Column("student__name", gettext_lazy("Student"))
    submitted_at = Column("submitted_at", gettext_lazy("Submitted at"), Moment())
    status = Column("status", gettext_lazy("Status"))
    content = Column("content", gettext_lazy("Content"), Json())
    attachments = Column("attachments", gettext_lazy("Attachments"), Json())

    class Meta:
        model = Submission


@register(Grade)
class GradeResource(ImportResource):
    """Grades, told apart by class, assignment and student, who handed something in."""

    school_class = Column(
        "assignment__school_class",
        gettext_lazy("Class code"),
        class_by_code(),
        required=True,
        key=True,
        readonly=True,
        synonyms=CLASS_HEADERS,
    )
    assignment = Column(
        "assignment__title",
        gettext_lazy("Assignment"),
        Text(255),
        required=True,
        key=True,
        readonly=True,
        synonyms=["Assignment title", "Line item", "Aufgabe", "Tarea", "Devoir"],
        example="Essay 1",
    )
    due_date = Column(
        "assignment__due_date",
        gettext_lazy("Due on"),
        Date(),
        key=True,
        readonly=True,
        synonyms=["Due date", "Fällig am", "Fecha de entrega", "Date limite"],
    )
    student = Column(
        "student",
        gettext_lazy("Student e-mail"),
        person(),
        required=True,
        key=True,
        readonly=True,
        synonyms=STUDENT_HEADERS,
    )
    student_name = Column("student__name", gettext_lazy("Student"), readonly=True)
    score = Column(
        "score",
        gettext_lazy("Score"),
        Number(6),
        synonyms=["Points", "Punkte", "Puntos", "Puntuación"],
    )
    max_score = Column(
        "assignment__max_score", gettext_lazy("Highest score"), Integer(), readonly=True
    )
    grade = Column(
        "grade",
        gettext_lazy("Grade"),
        Text(10),
        synonyms=["Letter grade", "Mark", "Note", "Nota", "Calificación"],
    )
    feedback = Column(
        "feedback", gettext_lazy("Feedback"), synonyms=["Comment", "Kommentar", "Comentario"]
    )
    graded_by = Column("graded_by", gettext_lazy("Graded by"), person(), readonly=True)
    graded_at = Column("graded_at", gettext_lazy("Graded at"), Moment(), readonly=True)

    completes = ("submission", "student", "assignment", "graded_by", "graded_at")
    stands_in = {"submission": ("student",), "assignment": ("assignment__title",)}

    class Meta:
        model = Grade

    def prepare(self, piece):
        students = list(people(piece.texts("student")))
        found = list(classes(piece.texts("assignment__school_class")))
        self.known("student", students)
        self.known("assignment__school_class", found)
        by_id = {school_class.pk: school_class for school_class in found}
        self.assignments = defaultdict(list)
        assignments = list(
            Assignment.objects.annotate(lower_title=Lower("title")).filter(
                school_class__in=found, lower_title__in=piece.texts("assignment__title")
            )
        )
        for assignment in assignments:
            assignment.school_class = by_id[assignment.school_class_id]
            title = assignment.title.casefold()
            self.assignments[assignment.school_class_id, title].append(assignment)
        asked = {"assignment__in": assignments, "student__in": students}
        self.submissions = {
            (submission.assignment_id, submission.student_id): submission
            for submission in Submission.objects.filter(**asked)
        }
        self.existing = {
            (grade.assignment_id, grade.student_id): grade
            for grade in Grade.objects.filter(**asked)
        }

    def find(self, values):
        values["assignment"] = assignment = self._assignment(values)
        return self.existing.get((assignment.pk, values["student"].pk))

    def _assignment(self, values):
        """Several of a class may have one title; the day that they are due tells them apart."""
        school_class, title = values["assignment__school_class"], values["assignment__title"]
        found = self.assignments.get((school_class.pk, title.casefold()), [])
        due = values.get("assignment__due_date")
        if due is not None:
            found = [assignment for assignment in found if assignment.due_date == due]
        if len(found) == 1:
            return found[0]
        words = {"class": school_class, "title": title, "count": len(found)}
        if found:
            sentence = _("%(class)s has %(count)d assignments “%(title)s”; say when it is due.")
        else:
            sentence = _("%(class)s has no such assignment “%(title)s”.")
        raise ValidationError({"assignment__title": sentence % words})

    def key(self, values, instance):
        return values["assignment"].pk, values["student"].pk

    def complete(self, instance, values, is_new, changed):
        assignment, student = values["assignment"], values["student"]
        if is_new:
            submission = self.submissions.get((assignment.pk, student.pk))
            if submission is None:
                raise ValidationError(
                    {
                        "student": _("%(student)s has not handed in “%(assignment)s”.")
                        % {"student": student, "assignment": assignment}
                    }
                )
            instance.submission = submission
            instance.student, instance.assignment = student, assignment
        if changed:
            instance.graded_by = self.by
            if not is_new:
                instance.graded_at = timezone.now()

    def check(self, instance, values, is_new):
        if instance.score is not None and instance.score < 0:
            raise ValidationError({"score": _("A score cannot be negative.")})
