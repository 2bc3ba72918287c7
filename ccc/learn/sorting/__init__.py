"""Shortest programs that sort a fixed number of values: kernels of moves and compares, and sorting networks."""
