"""A student who was in the school twice, and is so no more."""

from academics.services import merging
from core.models import StudentGuardian, User
from core.rls import tenant_context

PLACE = 7  # of the student, by chance


def build(builder):
    """Add a second record, as a telephone call makes one, and merge it."""
    with tenant_context(builder.tenant, builder.account()):
        kept = User.objects.get(pk=builder.students[PLACE].id)
        double = User.objects.create(
            name=kept.name,
            email=f"{kept.email.split('@')[0]}.2@{builder.profile.email_domain}",
            role=User.Role.STUDENT,
        )
        for link in kept.guardian_links.all():
            StudentGuardian.objects.create(
                student=double, guardian_id=link.guardian_id, relation=link.relation
            )
        merging.merge(kept=kept, merged=double, values={})
