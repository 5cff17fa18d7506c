"""The app's views that run with their owner's rights, for `manage.py check_isolation`."""

from core import isolation

# With their owner's rights, so that policies do not call each other in a circle
# (academics/sql/own_classes.sql, academics/sql/grading.sql); each names the tenant and the person.
isolation.register(
    owner_views={
        "app.attendance_recorders",
        "app.attended_assignments",
        "app.attended_classes",
        "app.class_teachers",
        "app.daily_recorders",
        "app.grade_givers",
        "app.graded_early",
        "app.guarded_assignments",
        "app.guarded_classes",
        "app.led_students",
        "app.taught_assignments",
        "app.taught_classes",
        "app.taught_guardians",
        "app.taught_sessions",
        "app.taught_students",
    }
)
