def school(request):
    """Give every template the school whose host was asked for."""
    return {"school": getattr(request, "tenant", None)}
