"""URLs of classes besides the admin: timetables to subscribe to, and files."""

from django.urls import path

from academics.views import apply, calendar, files

urlpatterns = [
    path("apply/", apply.apply, name="apply"),
    path("apply/thanks/", apply.thanks, name="apply_thanks"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/<str:token>.ics", calendar.calendar_feed, name="calendar_feed"),
    path("files/<uuid:file_id>/", files.attachment, name="attachment"),
    path(
        "application-files/<uuid:document_id>/",
        files.application_document,
        name="application_document",
    ),
    path("absence-files/<uuid:absence_id>/", files.absence_file, name="absence_file"),
]
