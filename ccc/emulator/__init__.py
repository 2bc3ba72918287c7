"""The reference emulator: the definition of the machine, written to be read and compiled by numba as it stands.

It shares the instruction table with the Transformer and nothing else: neither imports the other.
"""

from ccc.emulator.executor import Emulator

__all__ = ["Emulator"]
