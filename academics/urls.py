"""URLs of a school besides the admin: timetables to subscribe to, files, and handing in."""

from django.urls import path

from academics.views import calendar, timetable
from academics.views.own import own_pages

urlpatterns = [
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/<str:token>.ics", calendar.calendar_feed, name="calendar_feed"),
    *own_pages("timetable", "timetable/", timetable.timetable),
]
