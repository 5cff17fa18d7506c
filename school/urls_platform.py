"""URLs on the platform's host."""

from django.urls import include, path

from core.views.platform import front_door
from school.sites_platform import site

urlpatterns = [
    path("", front_door, name="home"),
    path("", include("core.urls")),
    path("admin/", site.urls),
]
