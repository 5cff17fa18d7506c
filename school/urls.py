"""URLs on a school's host."""

from django.contrib import admin
from django.urls import include, path

from portal.views import home
from school.views.preferences import PreferencesView

urlpatterns = [
    path("", home.front_door, name="home"),
    path("", include("core.urls")),
    path("", include("academics.urls")),
    path("", include("finance.urls")),
    path("", include("portal.urls")),
    path("preferences/", PreferencesView.as_view(site=admin.site), name="preferences"),
    path("admin/", admin.site.urls),
]
