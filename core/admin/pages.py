"""Pages of the admin that belong to no model's own list.

An app adds its modules of pages from its admin package. Each has `urls(site)`, which returns URL
patterns whose names live in the site's namespace ("admin:register").
"""

_modules = []


def add(*modules):
    """Add modules of pages to the admin of a school."""
    _modules.extend(module for module in modules if module not in _modules)


def page_urls(site):
    """Return the URL patterns of all these pages, for `site.get_urls()`."""
    return [pattern for module in _modules for pattern in module.urls(site)]
