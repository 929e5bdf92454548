"""Questions put to trained systems: which is better, and what have they learned?

Needs the ``studies`` extra.
"""
