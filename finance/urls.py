"""URLs of money besides the admin: what the provider of online payment sends its messages to."""

from django.urls import path

from finance.views import provider_messages

urlpatterns = [
    path("webhooks/<slug:provider>/", provider_messages.receive, name="provider_messages"),
]
