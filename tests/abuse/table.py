"""The table of attacks."""

import dataclasses
from collections.abc import Callable


@dataclasses.dataclass
class Attack:
    """One of the table."""

    run: Callable
    # Addresses that it comes from; 0 is the organizer's own.
    hosts: int = 0
    settings: tuple = ()
    # Of the organizer, before it begins.
    orders: tuple = ()
    # So many, of which the guests have some.
    seats: int = 0
    # Accepted at most.
    most: int | None = None
    # Whether newcomers find a place beside it.
    newcomers: bool = True
    # Beside it, and after it.
    during: Callable | None = None
    check: Callable | None = None


ATTACKS = {}


def attack(**how):
    def add(run):
        ATTACKS[run.__name__] = Attack(run, **how)
        return run

    return add


def settings(room, **changes):
    return {"do": "settings", "room": room, "set": changes}
