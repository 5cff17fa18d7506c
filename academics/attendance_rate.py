"""The rule of every attendance rate; app.attendance_rate() is the same in SQL."""

from decimal import Decimal


def attendance_rate(present: int, absent: int, late: int) -> Decimal | None:
    """Return 100 x (present + late) / (all but excused), not rounded; None without any."""
    counted = present + absent + late
    return Decimal(100) * (present + late) / counted if counted else None
