"""Quick add: one line, as in “Boiler survey Thu 14-15:30 #site-visit @ben”, and what it means."""

from daybook.calendaring.quick_add.reading import LONGEST_LINE, Around, read
from daybook.calendaring.quick_add.values import Choice, Fault, Named, QuickEntry
from daybook.calendaring.quick_add.writing import line_of, read_back, when

__all__ = [
    "LONGEST_LINE",
    "Around",
    "Choice",
    "Fault",
    "Named",
    "QuickEntry",
    "line_of",
    "read",
    "read_back",
    "when",
]
