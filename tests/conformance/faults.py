"""The table of faults. Each source says of each of them how it is put in, or why it can't have it."""
import os
from dataclasses import dataclass

# What must hold while a fault is there. Always: nothing false, pages that can be read, others undisturbed, no secret.
DOWN = "down"    # the source says why it can't tell, and what could have changed becomes unknown
DARK = "dark"    # what could have changed becomes unknown; the source may take longer to say why
RIGHT = "right"  # what succeeds after it began is seen, and no error is told
SAFE = "safe"    # nothing false; the rest is open


@dataclass(frozen=True)
class Fault:
    name: str
    holds: str = DOWN
    leaves_alone: bool = False  # the server wants not to be asked, or does not say for how long: after minutes the truth comes back, at once with a restart


FAULTS = [
    *map(Fault, ["refused", "closes", "reset", "drips", "truncated", "empty", "endless", "announces a GiB", "gzip bomb", "broken gzip"]),
    Fault("hangs"),
    *map(Fault, ["400", "401", "403", "404", "409", "500", "503", "204"]), Fault("429", leaves_alone=True),
    *map(Fault, ["429, Retry-After " + form for form in ("seconds", "zero", "long ago")]),
    *(Fault("429, Retry-After " + form, leaves_alone=True) for form in ("negative", "fraction", "words", "nothing", "broken date", "huge", "far date")),
    Fault("503, Retry-After seconds"),
    Fault("redirect"),
    *map(Fault, ["HTML with 200", "{}", "[]", "null", "a number", "cut in the JSON", "nested", "wrong types", "nulls", "lists for leaves", "invalid UTF-8"]),
    Fault("page 2 fails"), Fault("empty list", SAFE),
    Fault("unknown enum values", SAFE), Fault("unknown zone", SAFE),
    Fault("clock ahead", RIGHT), Fault("clock behind", RIGHT), Fault("no date", RIGHT), Fault("dated ahead"),
    Fault("deleted and recreated", SAFE), Fault("50,000 objects", RIGHT), Fault("awkward names", RIGHT), Fault("NUL in a name", SAFE),
    Fault("awkward words"), Fault("repeats our secrets"),
]

NIGHTLY = "BATCHSLO_NIGHTLY" in os.environ  # the bigger sizes
ONLY = os.environ.get("BATCHSLO_FAULTS")
if ONLY:
    FAULTS = [fault for fault in FAULTS if fault.name in ONLY.split("; ")]
