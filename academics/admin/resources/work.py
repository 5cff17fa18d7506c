"""Assignments, submissions and grades as files."""

from collections import defaultdict

from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academics.admin.resources.shared import (
    CLASS_HEADERS,
    STUDENT_HEADERS,
    class_by_code,
    classes,
    person,
)
from academics.models import (
    Assignment,
    Grade,
    Submission,
)
from exchange.admin.resources import people
from exchange.columns import (
    Column,
    Date,
    Integer,
    Json,
    Moment,
    Number,
    Text,
)
from exchange.imports.resource import ImportResource
from exchange.resources import SchoolResource, register


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
    """Grades, identified by class, assignment and student; a submission must exist."""

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
        school_classes = list(classes(piece.texts("assignment__school_class")))
        self.known("student", students)
        self.known("assignment__school_class", school_classes)
        by_id = {school_class.pk: school_class for school_class in school_classes}
        self.assignments = defaultdict(list)
        assignments = list(
            Assignment.objects.annotate(lower_title=Lower("title")).filter(
                school_class__in=school_classes, lower_title__in=piece.texts("assignment__title")
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
        """Return the assignment of a row; the due date decides between equal titles."""
        school_class, title = values["assignment__school_class"], values["assignment__title"]
        matches = self.assignments.get((school_class.pk, title.casefold()), [])
        due = values.get("assignment__due_date")
        if due is not None:
            matches = [assignment for assignment in matches if assignment.due_date == due]
        if len(matches) == 1:
            return matches[0]
        words = {"class": school_class, "title": title, "count": len(matches)}
        if matches:
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
