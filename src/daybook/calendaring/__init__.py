"""The pure core: what every calendar should hold, and the texts that make it so.

Nothing here knows the time, a database, a socket or chance: `now` is an argument, values are
frozen, and equality is the comparison.
"""
