"""URLs of the students' and guardians' own pages (those to hand in: academics.urls)."""

urlpatterns = []
