from django.http import HttpResponse
from django.urls import path


def urls(site):
    return [path("reports/", site.admin_view(lambda request: HttpResponse()), name="reports")]
