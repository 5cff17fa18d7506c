"""Copying the classes of a term into the next, all or none."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import DateField, F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from academics.models import (
    Assignment,
    AssignmentWeight,
    AttachmentFile,
    Enrollment,
    Schedule,
    SchoolClass,
    Term,
    WaitlistEntry,
)
from academics.services import files
from academics.services.files import FileRefused
from academics.services.rollover.plan import (
    COPIED,
    COPIED_WORK,
    Choice,
    Move,
    Preview,
    Result,
    RolloverRefused,
    Row,
)
from academics.services.rollover.previewing import preview
from academics.services.rollover.students import promote
from academics.services.rollover.years import Promotion
from academics.services.rollover.years import promote as move_up
from core import rls
from core.defaults import today
from core.models import User


def carry_out(
    *,
    source: Term,
    target: Term,
    choices: Mapping[UUID, Choice],
    by: User,
    assignments: bool = True,
    skip_clashes: bool = False,
    complete: bool = False,
    promotion: Promotion | None = None,
) -> Result:
    """Roll over the classes of `choices` ({class id: Choice}); returns the `Result`.

    With `skip_clashes` a slot whose room or teacher is taken is left out; else it is refused.
    With `complete` the chosen classes and their enrollments end; with `promotion` all students of
    the school move one year group up. One transaction, in which others
    who roll over into the same term wait. Raises RolloverRefused, and the database's refusals.
    """
    with transaction.atomic(), rls.noting(rollover=f"{source} → {target}"):
        _lock(source, target)
        ending = {class_id for class_id, choice in choices.items() if choice.copy}
        plan = preview(source=source, target=target, ending=ending)
        rows = [row for row in plan.rows if row.source.pk in choices]
        copying = [row for row in rows if choices[row.source.pk].copy]
        _refuse(plan, rows, copying, choices, skip_clashes)
        result = Result()
        _end(copying, source)
        made = _copy(copying, target, result)
        if assignments:
            _copy_assignments(made, Move(source, target), by, result)
        promote(plan, rows, made, choices, result)
        if complete:
            _complete(copying, source, result)
        if promotion is not None:
            move_up(source, target, promotion, result)
        return result


def _lock(source: Term, target: Term) -> None:
    """Lock both terms, then their classes, each in the order of their ids.

    This prevents deadlocks with another roll-over and with the enrollment desk.
    ("no_key": a plain FOR UPDATE would wait for everything that refers to a row.)
    """
    terms = [source.pk, target.pk]
    for rows in (Term.objects.filter(pk__in=terms), SchoolClass.objects.filter(term__in=terms)):
        list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _refuse(
    plan: Preview,
    rows: Sequence[Row],
    copying: Sequence[Row],
    choices: Mapping[UUID, Choice],
    skip_clashes: bool,
) -> None:
    """Raise RolloverRefused with everything that is wrong with the choices."""
    wrong: dict[UUID | None, list[str]] = defaultdict(list)
    if plan.target.start_date <= plan.source.end_date:
        wrong[None].append(_("The target must be a term after this one."))
    if len(rows) < len(choices):
        wrong[None].append(_("A class is no longer in this term. Look at the preview again."))
    destinations = _destinations(plan, copying)
    for row in copying:
        if row.existing is None and not skip_clashes:
            wrong[row.source.pk] += [slot.clash for slot in row.clashes]
    for row in rows:
        asked = choices[row.source.pk].students_to
        name = str(row.source) if asked == "copy" else asked
        matches = destinations.get(name.casefold(), [])
        if name and not matches and (closed := plan.closed.get(name.casefold())):
            wrong[row.source.pk].append(
                _("“%(name)s” takes no students: it is %(status)s.")
                % {"name": name, "status": closed.get_status_display().lower()}
            )
        elif name and not matches:
            wrong[row.source.pk].append(
                _("“%(name)s” is not a class of the target term.") % {"name": name}
                if asked != "copy"
                else _("Without a copy its students have nowhere to go.")
            )
        elif len(matches) > 1:
            wrong[row.source.pk].append(
                _("Several classes of the target term are called “%(name)s”.") % {"name": name}
            )
    if any(wrong.values()):
        raise RolloverRefused({key: texts for key, texts in wrong.items() if texts})


def _destinations(plan: Preview, copying: Sequence[Row]) -> dict[str, list[SchoolClass | Row]]:
    """Return {name: classes of the target with that name}, including the planned copies."""
    by_name: dict[str, list[SchoolClass | Row]] = defaultdict(list)
    for school_class in plan.open:
        by_name[str(school_class).casefold()].append(school_class)
    for row in copying:
        if row.existing is None:
            by_name[str(row.source).casefold()].append(row)
    return by_name


def _end(rows: Sequence[Row], source: Term) -> None:
    """Let the classes without a last day end with their term."""
    SchoolClass.objects.filter(
        pk__in=[row.source.pk for row in rows],
        end_date=None,
        start_date__lte=source.end_date,
    ).update(end_date=source.end_date)


def _copy(rows: Sequence[Row], target: Term, result: Result) -> dict[Row, SchoolClass]:
    """Copy classes with their slots and weights; return {row: new class} of those that were not."""
    made = {}
    for row in rows:
        if row.existing is not None:
            result.already_there += 1
            continue
        made[row] = SchoolClass(
            **{name: getattr(row.source, name) for name in COPIED},
            grading_scale_id=row.source.grading_scale_id,
            teacher=row.teacher,
            start_date=row.start_date,
            end_date=row.end_date,
            term=target,
        )
    SchoolClass.objects.bulk_create(made.values())
    slots = [
        Schedule(
            school_class=school_class,
            weekday=slot.weekday,
            start_time=slot.start_time,
            end_time=slot.end_time,
            room=slot.room,
            valid_from=slot.valid_from,
            valid_to=slot.valid_to,
        )
        for row, school_class in made.items()
        for slot in row.slots
        if not slot.clash
    ]
    Schedule.objects.bulk_create(slots)
    _copy_weights(made)
    result.copied = len(made)
    result.slots = len(slots)
    result.slots_left_out = sum(len(row.clashes) for row in made)
    return made


def _copy_weights(made: Mapping[Row, SchoolClass]) -> None:
    by_class = {row.source.pk: school_class for row, school_class in made.items()}
    AssignmentWeight.objects.bulk_create(
        AssignmentWeight(
            school_class=by_class[weight.school_class_id], type=weight.type, weight=weight.weight
        )
        for weight in AssignmentWeight.objects.filter(school_class__in=by_class)
    )


def _copy_assignments(
    made: Mapping[Row, SchoolClass], move: Move, by: User, result: Result
) -> None:
    by_class = {row.source.pk: school_class for row, school_class in made.items()}
    pairs = [
        (
            work,
            Assignment(
                **{name: getattr(work, name) for name in COPIED_WORK},
                school_class=by_class[work.school_class_id],
                assigned_date=move.day(work.assigned_date),
                due_date=move.day(work.due_date),
            ),
        )
        for work in Assignment.objects.filter(school_class__in=by_class)
    ]
    Assignment.objects.bulk_create(copy for _work, copy in pairs)
    result.assignments = len(pairs)
    copies = {work.pk: copy for work, copy in pairs}
    kept = defaultdict(list)
    for row in AttachmentFile.objects.filter(assignment__in=copies, submission=None):
        kept[row.assignment_id].append(row)
    for work_id, rows in kept.items():
        try:
            result.files += len(files.copy(rows=rows, assignment=copies[work_id], by=by))
        except FileRefused as refusal:
            class_id = next(work.school_class_id for work, _copy in pairs if work.pk == work_id)
            raise RolloverRefused({class_id: [str(refusal)]}) from refusal


def _complete(rows: Sequence[Row], source: Term, result: Result) -> None:
    """End the classes and what is still active of their enrollments, and their queues."""
    ids = [row.source.pk for row in rows]
    last = min(today(), source.end_date)
    # First, because this waits for concurrent writes of grades, which lock enrollments
    # (app.lock_final).
    result.completed_classes = (
        SchoolClass.objects.active().filter(pk__in=ids).update(status=SchoolClass.Status.COMPLETED)
    )
    result.completed_enrollments = (
        Enrollment.objects.active()
        .filter(school_class__in=ids)
        .update(
            status=Enrollment.Status.COMPLETED,
            completion_date=Greatest(F("enrollment_date"), Value(last, DateField())),
        )
    )
    WaitlistEntry.objects.filter(school_class__in=ids, status=WaitlistEntry.Status.WAITING).update(
        status=WaitlistEntry.Status.WITHDRAWN
    )
