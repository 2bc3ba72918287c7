"""ccc: programs that run, exactly, inside a Transformer.

The rooms, from the bottom up: ``errors`` and ``files``, ``isa`` (the instruction table), ``machine`` (state, layout,
image), ``assembler``, ``emulator`` and ``neural`` (two independent executors), ``trace`` (their comparison), ``cli``.
"""

__version__ = "0.1.0"
