"""URLs of the students' and guardians' own pages (those to hand in: academics.urls)."""

from academics.views.own import own_pages
from reporting.views import home

urlpatterns = [
    *own_pages("today", "", home.today_page),
]
