"""URLs on the platform's host."""

from django.urls import include, path

from core.views.platform import front_door
from school.sites_platform import site
from school.views.preferences import PreferencesView

urlpatterns = [
    path("", front_door, name="home"),
    path("", include("core.urls")),
    path("preferences/", PreferencesView.as_view(), name="preferences"),
    path("admin/", site.urls),
]
