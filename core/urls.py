"""URLs that every host has: signing in, passwords, and one's own details."""

from django.urls import path

from core.views import accounts
from core.views.icon import favicon
from core.views.missing import missing
from core.views.photo import photo
from core.views.profile import ProfileView
from core.views.signed_in import signed_in

urlpatterns = [
    path("favicon.ico", favicon),
    path("login/", accounts.SignInView.as_view(), name="login"),
    path("logout/", accounts.SignOutView.as_view(), name="logout"),
    path("signed-in/", signed_in, name="signed_in"),
    path("people/<uuid:person_id>/photo/", photo, name="person_photo"),
    path("profile/", ProfileView.as_view(), name="profile"),
    path("password/change/", accounts.PasswordChangeView.as_view(), name="password_change"),
    path("password/forgotten/", accounts.ForgottenPasswordView.as_view(), name="password_reset"),
    path("password/sent/", accounts.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path(
        "password/set/<uidb64>/<token>/",
        accounts.SetPasswordView.as_view(),
        name="password_reset_confirm",
    ),
    # In place of the admin's own pages, which know nothing of the context.
    path("admin/login/", accounts.AdminSignInView.as_view()),
    path("admin/logout/", accounts.SignOutView.as_view()),
    path("admin/password_change/", accounts.PasswordChangeView.as_view()),
    # Django's way to an object's public page: nothing has one, and ids that are no UUID break it.
    path("admin/r/<path:rest>", missing),
]
