from django.http import HttpResponse
from django.urls import path


def urls(site):
    return [
        path("school-file/", site.admin_view(lambda request: HttpResponse()), name="school_file")
    ]
