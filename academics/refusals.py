"""What the database's refusals mean to people: name of a constraint -> form field, sentence."""

from django.utils.translation import gettext_lazy

from core import constraints

constraints.register(
    {
        "check_grading_scale": (
            "settings",
            gettext_lazy(
                "Each grade needs its own lowest percentage, and the lowest grade starts at 0."
            ),
        ),
        "idx_academic_years_name": ("name", gettext_lazy("Another year has this name.")),
        "check_academic_year_dates": (
            "end_date",
            gettext_lazy("The last day is before the first day."),
        ),
        "academic_years_overlap": (
            "start_date",
            gettext_lazy("Another academic year already has some of these days."),
        ),
        "year_without_its_terms": (
            "start_date",
            gettext_lazy("A term of this year would lie outside it; change the term first."),
        ),
        "idx_terms_name": ("name", gettext_lazy("Another term of this year has this name.")),
        "check_academic_year_century": (
            "start_date",
            gettext_lazy("The days must lie between the years 1900 and 9000."),
        ),
        "check_term_dates": ("end_date", gettext_lazy("The last day is before the first day.")),
        "terms_overlap": (
            "start_date",
            gettext_lazy("Another term already has some of these days."),
        ),
        "term_outside_year": (
            "start_date",
            gettext_lazy("The term must lie within its academic year."),
        ),
        "check_closed_day_dates": (
            "end_date",
            gettext_lazy("The last day is before the first day."),
        ),
        "schedules_room_booked": (
            "room",
            gettext_lazy("The room is taken at that time{detail}."),
        ),
        "schedules_teacher_booked": (
            "start_time",
            gettext_lazy("The teacher has another lesson at that time{detail}."),
        ),
        "attendance_session_cancelled": (
            "class_session",
            gettext_lazy("This session is cancelled and takes no attendance."),
        ),
        "attendance_session_future": (
            "class_session",
            gettext_lazy("This session is still to come; attendance can be taken on its day."),
        ),
        "attendance_not_enrolled": (
            "student",
            gettext_lazy("The student was not enrolled in this class on the day of the session."),
        ),
        "class_session_attended": (
            None,
            gettext_lazy(
                "Attendance was taken at this session, so it took place: it can neither be"
                " cancelled nor moved to a day to come."
            ),
        ),
        "class_session_not_enrolled": (
            "session_date",
            gettext_lazy(
                "Attendance was taken at this session, and not everybody who has a mark was"
                " enrolled in this class on that day."
            ),
        ),
        "idx_grading_scales_name": ("name", gettext_lazy("Another scale has this name.")),
        "idx_grading_scales_default": (
            "is_default",
            gettext_lazy("The school already has a default scale."),
        ),
        "check_grading_scale_steps": (
            "steps",
            gettext_lazy(
                "A scale needs grades, each with its own lowest percentage;"
                " the lowest grade starts at 0."
            ),
        ),
        "idx_assignment_weights_type": (
            "type",
            gettext_lazy("This type already has a weight in this class."),
        ),
        "check_assignment_weight": ("weight", gettext_lazy("A weight is between 0 and 100.")),
        "check_assignment_weight_number": ("weight", gettext_lazy("The weight must be a number.")),
        "check_assignment_weight_type": (
            "type",
            gettext_lazy("The type must be homework, quiz, exam or project."),
        ),
        "idx_attachment_files_name": (None, gettext_lazy("This file is already there.")),
        "check_attachment_size": ("size", gettext_lazy("A file has 1 byte to 50 MB.")),
        "check_attachment_type": (
            "content_type",
            gettext_lazy("This kind of file cannot be kept here."),
        ),
        "submission_is_graded": (
            None,
            gettext_lazy("This is already graded and can no longer be changed."),
        ),
        "check_attachment_name": ("name", gettext_lazy("This is not an uploaded file.")),
        "check_attachment_submission": (
            "submission",
            gettext_lazy("A student's file belongs to what they handed in."),
        ),
        "attachment_files_submission_fk": (
            "submission",
            gettext_lazy("The submission is of another student or assignment."),
        ),
        "idx_waitlist_waiting": (
            "student",
            gettext_lazy("The student is already waiting for this class."),
        ),
        "check_waitlist_status": (
            "status",
            gettext_lazy("The status must be waiting, enrolled or withdrawn."),
        ),
        "waitlist_already_enrolled": (
            "student",
            gettext_lazy("The student is already enrolled in this class."),
        ),
        "waitlist_entries_keep_place": (
            "status",
            gettext_lazy(
                "A place in the queue keeps its student and class; add a new one instead."
            ),
        ),
        "class_is_completed": (
            None,
            gettext_lazy("The class is completed and its grades are final; ask an admin."),
        ),
        "check_grade_excused": ("score", gettext_lazy("Who is excused has no score.")),
        "class_is_full": ("school_class", gettext_lazy("The class is full.")),
        "check_capacity": (
            "capacity",
            gettext_lazy("The capacity must be above zero and not below the number enrolled."),
        ),
        "check_dates": ("end_date", gettext_lazy("The last day is before the first day.")),
        "check_class_status": (
            "status",
            gettext_lazy("The status must be active, completed or cancelled."),
        ),
        "check_schedule_weekday": ("weekday", gettext_lazy("Weekdays run from 1, Monday, to 7.")),
        "check_schedule_times": ("end_time", gettext_lazy("The end must be after the start.")),
        "check_schedule_dates": ("valid_to", gettext_lazy("The last day is before the first day.")),
        "idx_enrollments_student_class": (
            "student",
            gettext_lazy("The student is already enrolled in this class."),
        ),
        "check_enrollment_status": (
            "status",
            gettext_lazy("The status must be active, completed or dropped."),
        ),
        "check_enrollment_dates": (
            "completion_date",
            gettext_lazy("The completion is before the enrollment."),
        ),
        "check_attendance_rate": (
            "attendance_rate",
            gettext_lazy("The attendance rate must be between 0 and 100."),
        ),
        "enrollments_keep_enrolled": (
            "status",
            gettext_lazy(
                "Who is enrolled is the school office's to decide: a teacher can complete an active"
                " enrollment, and neither drop one nor make one active again."
            ),
        ),
        "enrollments_allow_columns": (
            None,
            gettext_lazy(
                "A teacher can change the grade, the comment, the status and the completion only."
            ),
        ),
        "check_session_times": ("end_time", gettext_lazy("The end must be after the start.")),
        "check_session_status": (
            "status",
            gettext_lazy("The status must be scheduled, completed or cancelled."),
        ),
        "class_sessions_keep_class": (
            "school_class",
            gettext_lazy("A session cannot move to another class."),
        ),
        "idx_attendance_session_student": (
            "student",
            gettext_lazy("The student's attendance at this session is already recorded."),
        ),
        "check_attendance_status": (
            "status",
            gettext_lazy("The status must be present, absent, late or excused."),
        ),
        "check_attendance_minutes": (
            "minutes_late",
            gettext_lazy("Minutes stand beside “Late” only: between 1 and 600."),
        ),
        "attendance_code_of_school": (
            "code",
            gettext_lazy("The school does not use this code for this status."),
        ),
        "idx_daily_attendance_student_day": (
            "student",
            gettext_lazy("The student's attendance of this day is already recorded."),
        ),
        "check_daily_attendance_status": (
            "status",
            gettext_lazy("The status must be present, absent, late or excused."),
        ),
        "check_daily_attendance_minutes": (
            "minutes_late",
            gettext_lazy("Minutes stand beside “Late” only: between 1 and 600."),
        ),
        "check_daily_attendance_day": (
            "day",
            gettext_lazy("The days must lie between the years 1900 and 9000."),
        ),
        "daily_attendance_future": (
            "day",
            gettext_lazy("This day is still to come; attendance can be taken on the day itself."),
        ),
        "daily_attendance_of_student": (
            "student",
            gettext_lazy("Attendance is taken of students only."),
        ),
        "check_attendance_taken": (
            "settings",
            gettext_lazy("Attendance is taken in classes, once a day, or both."),
        ),
        "check_daily_register_time": (
            "settings",
            gettext_lazy("The time of the day's register is a time such as 08:30."),
        ),
        "check_student_merge_two": (
            "merged",
            gettext_lazy("Choose two students."),
        ),
        "merge_two_students": (
            "merged",
            gettext_lazy("Choose two students of the school, neither of them deleted."),
        ),
        "merge_same_assignment": (
            "merged",
            gettext_lazy(
                "Both have handed in the same assignment, or have a grade for it. Delete one of the"
                " two submissions first."
            ),
        ),
        "merge_waiting": (
            "merged",
            gettext_lazy(
                "The student who would be merged waits for a seat in a class. Take them off the"
                " waitlist first, and add the other one to it."
            ),
        ),
        "merge_moves_money": (
            "merged",
            gettext_lazy(
                "Invoices and payments stay as they were issued, so they do not move. Keep the"
                " student who has them; where both have some, the two cannot be merged."
            ),
        ),
        "merge_changed_since": (
            "moved",
            gettext_lazy(
                "What moved by the merge was changed since, so it cannot be undone{detail}."
            ),
        ),
        "merge_undone": ("undone_at", gettext_lazy("This merge is undone already.")),
        "check_attendance_codes": (
            "settings",
            gettext_lazy("Each code needs a name and a status, and no code may be there twice."),
        ),
        "check_absence_dates": ("ends_on", gettext_lazy("The last day is before the first day.")),
        "check_absence_length": (
            "ends_on",
            gettext_lazy("An absence lasts a year at most. Who is away for longer leaves."),
        ),
        "check_absence_times": (
            "ends_at",
            gettext_lazy("Times are for a single day only, and the second is after the first."),
        ),
        "absences_by_families": (
            None,
            gettext_lazy("Absences are not reported here. Please call the school's office."),
        ),
        "absences_overlap": (
            "starts_on",
            gettext_lazy("An absence of this student at that time is approved already."),
        ),
        "check_absence_reason": ("reason", gettext_lazy("Choose a reason.")),
        "check_absence_status": (
            "status",
            gettext_lazy("The status must be reported, approved or declined."),
        ),
        "check_absence_source": (
            "source",
            gettext_lazy("An absence is reported by the office or a guardian."),
        ),
        "check_absence_decided": (
            "status",
            gettext_lazy("An absence that was decided on says when."),
        ),
        "idx_absences_file": ("filename", gettext_lazy("This file is already there.")),
        "check_absence_file": ("filename", gettext_lazy("A file needs its name, type and size.")),
        "check_absence_file_name": ("filename", gettext_lazy("This is not an uploaded file.")),
        "check_absence_file_type": (
            "filename",
            gettext_lazy("This kind of file cannot be kept here: send a PDF, a letter or a photo."),
        ),
        "check_absence_size": ("size", gettext_lazy("A file has 1 byte to 50 MB.")),
        "check_absence_call_outcome": (
            "outcome",
            gettext_lazy("Say how the call ended."),
        ),
        "check_application_status": ("status", gettext_lazy("This status does not exist.")),
        "check_application_source": (
            "source",
            gettext_lazy("An application comes from the office or by the form."),
        ),
        "check_application_first_name": ("first_name", gettext_lazy("This is required.")),
        "check_application_last_name": ("last_name", gettext_lazy("This is required.")),
        "check_application_guardian": ("guardian_name", gettext_lazy("This is required.")),
        "check_application_contact": (
            "guardian_email",
            gettext_lazy("Write an e-mail address or a phone number, so that we can answer."),
        ),
        "check_application_email": (
            "guardian_email",
            gettext_lazy("This is not a valid e-mail address."),
        ),
        "check_application_relation": (
            "guardian_relation",
            gettext_lazy("This relation does not exist."),
        ),
        "check_application_birth_date": (
            "birth_date",
            gettext_lazy("The days must lie between the years 1900 and 9000."),
        ),
        "check_application_entry_date": (
            "entry_date",
            gettext_lazy("The days must lie between the years 1900 and 9000."),
        ),
        "check_application_decided": (
            "status",
            gettext_lazy("An application that was decided on says when."),
        ),
        "check_application_reason": ("reason", gettext_lazy("Say why it is declined.")),
        "check_application_student": (
            "status",
            gettext_lazy("An application is enrolled when there is a student, and only then."),
        ),
        "check_application_record": ("record", gettext_lazy("This is too much.")),
        "check_application_message": (
            "message",
            gettext_lazy("A message has at most 4,000 characters."),
        ),
        "idx_applications_form": (None, gettext_lazy("This has arrived already.")),
        "admission_closed": (None, gettext_lazy("The school takes no applications here.")),
        "admission_busy": (
            None,
            gettext_lazy("Very many applications have come in today. Please call the school."),
        ),
        "application_begins": (
            "status",
            gettext_lazy("An application begins as an inquiry or as applied."),
        ),
        "application_step": (
            "status",
            gettext_lazy("Somebody else has moved this application on; look at it again."),
        ),
        "application_keeps_student": (
            "student",
            gettext_lazy("The student of an application stays the one."),
        ),
        "idx_application_documents_file": (
            "filename",
            gettext_lazy("This file is already there."),
        ),
        "check_application_document_size": (
            "size",
            gettext_lazy("A file has 1 byte to 50 MB."),
        ),
        "check_application_document_name": (
            "filename",
            gettext_lazy("This is not an uploaded file."),
        ),
        "check_application_document_type": (
            "filename",
            gettext_lazy("This kind of file cannot be kept here: send a PDF, a letter or a photo."),
        ),
        "check_assignment_type": (
            "type",
            gettext_lazy("The type must be homework, quiz, exam or project."),
        ),
        "check_assignment_status": ("status", gettext_lazy("The status must be active or closed.")),
        "check_assignment_dates": ("due_date", gettext_lazy("It is due before it is given.")),
        "check_assignment_max_score": (
            "max_score",
            gettext_lazy("The highest score must be above zero."),
        ),
        "check_mail_state": (
            "state",
            gettext_lazy("The state must be waiting, sent or failed."),
        ),
        "assignments_keep_class": (
            "school_class",
            gettext_lazy("An assignment cannot move to another class."),
        ),
        "submissions_allow_columns": (
            None,
            gettext_lazy(
                "The work is the student's, who can change the work itself and nothing else."
            ),
        ),
        "idx_submissions_assignment_student": (
            "student",
            gettext_lazy("The student has already handed in this assignment."),
        ),
        "check_submission_status": (
            "status",
            gettext_lazy("The status must be submitted or graded."),
        ),
        "idx_grades_submission": ("submission", gettext_lazy("This submission is already graded.")),
        "check_grade_score": ("score", gettext_lazy("A score cannot be negative.")),
        "check_grade_score_number": ("score", gettext_lazy("The score must be a number.")),
        "grades_submission_fk": (
            "submission",
            gettext_lazy("The submission is of another student or assignment."),
        ),
    },
    fields={"class": "school_class", "session": "class_session"},
)
