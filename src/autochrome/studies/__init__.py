"""Studies of trained systems: compared with each other, and probed for what they have learned.

Needs the ``studies`` extra.
"""
