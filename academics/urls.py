"""URLs of classes besides the admin: timetables to subscribe to, and files."""

from django.urls import path

from academics.views import calendar, files

urlpatterns = [
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
