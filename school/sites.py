"""The two admin sites: a school's, and the platform's."""

from unfold.sites import UnfoldAdminSite


class SchoolAdminSite(UnfoldAdminSite):
    """The admin on a school's host."""
