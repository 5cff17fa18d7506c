"""Who signs in: e-mail and password within the school of the host."""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password

from core import rls
from core.models import User


class TenantBackend(BaseBackend):
    """Finds active people of the current tenant only, before anybody is known."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        tenant_id = rls.current_tenant_id()
        if tenant_id is None or not username or password is None:
            return None
        user = find_user(tenant_id, email=username.strip())
        if user is None or user.has_placeholder_email:
            make_password(password)  # the same work, so that the time tells nothing
            return None
        return user if user.check_password(password) else None

    def get_user(self, user_id):
        tenant_id = rls.current_tenant_id()
        return find_user(tenant_id, user_id=user_id) if tenant_id else None


def find_user(tenant_id, *, email=None, user_id=None):
    """Return the active `User` of a tenant by e-mail (any case) or id, or None.

    Goes through app.user_for_login(), because no policy lets a stranger read `users`.
    """
    return rls.lookup(
        User, "SELECT * FROM app.user_for_login(%s, %s, %s)", [tenant_id, email, user_id]
    )
