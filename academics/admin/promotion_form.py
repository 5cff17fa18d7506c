"""The part of the roll-over's form that moves everybody one year group up."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from academics.services import rollover

CHOSEN, OLDEST, STAY, ROOM = "promote", "oldest", "stay", "room-"


def shown(source, target, asked):
    """Return what the page shows of it; empty where nobody is to be moved.

    `asked` is the form that was sent, or None.
    """
    if not rollover.is_due(source, target):
        return {"moved_at": _moved_at(source, target)}
    moves = rollover.moves()
    rooms = [
        {
            "move": room,
            "name": f"{ROOM}{room.room.pk}",
            "to": _asked(asked, room),
            "choices": [(str(choice.pk), choice) for choice in move.choices],
        }
        for move in moves
        for room in move.rooms
        if move.choices
    ]
    return {
        "moves": moves,
        "rooms": rooms,
        "is_chosen": bool(asked and asked.get(CHOSEN)),
        "oldest_stay": bool(asked and asked.get(OLDEST) == STAY),
    }


def _moved_at(source, target):
    """Return when everybody was moved into the target's school year, if it is another."""
    is_another = source.academic_year_id != target.academic_year_id
    return target.academic_year.students_moved_at if is_another else None


def _asked(asked, room):
    """Return the id of the homeroom that a homeroom's students go to, as chosen or proposed."""
    if asked is not None and f"{ROOM}{room.room.pk}" in asked:
        return asked[f"{ROOM}{room.room.pk}"]
    return str(room.proposed.pk) if room.proposed else ""


def read(posted):
    """Return the `Promotion` that a form asks for, or None. Raises RolloverRefused."""
    if not posted.get(CHOSEN):
        return None
    rooms = {
        _uuid(name.removeprefix(ROOM)): _uuid(value) if value else None
        for name, value in posted.items()
        if name.startswith(ROOM)
    }
    return rollover.Promotion(rooms=rooms, oldest_stay=posted.get(OLDEST) == STAY)


def _uuid(text):
    try:
        return forms.UUIDField().clean(text)
    except ValidationError:
        sentence = _("A homeroom is no longer there. Look at the page again.")
        raise rollover.RolloverRefused({None: [sentence]}) from None
