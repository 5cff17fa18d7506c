"""URLs on a school's host."""

from django.contrib import admin
from django.urls import include, path

from portal.views import home

urlpatterns = [
    path("", home.front_door, name="home"),
    path("", include("core.urls")),
    path("", include("academics.urls")),
    path("", include("finance.urls")),
    path("", include("portal.urls")),
    path("admin/", admin.site.urls),
]
