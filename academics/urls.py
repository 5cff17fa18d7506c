"""URLs of a school besides the admin: timetables to subscribe to, files, and handing in."""

from django.urls import path

from academics.views import calendar, files, handing_in, signed_in, timetable
from academics.views.own import own_pages

urlpatterns = [
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/<str:token>.ics", calendar.calendar_feed, name="calendar_feed"),
    path("signed-in/", signed_in.signed_in, name="signed_in"),
    *own_pages("timetable", "timetable/", timetable.timetable),
    path("files/<uuid:file_id>/", files.attachment, name="attachment"),
    *own_pages("assignments", "assignments/", handing_in.assignment_list),
    *own_pages("assignment", "assignments/<uuid:assignment_id>/", handing_in.assignment_page),
]
