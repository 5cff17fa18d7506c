"""URLs of a school besides the admin: timetables to subscribe to, files, and handing in."""

urlpatterns = []
