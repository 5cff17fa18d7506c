from django.http import HttpRequest


def school(request: HttpRequest) -> dict[str, object]:
    """Give every template the school whose host was asked for."""
    return {"school": getattr(request, "tenant", None)}
