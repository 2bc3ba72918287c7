"""Shortest programs that sort a fixed number of values: kernels of moves and compares, and sorting networks."""

from ccc.learn.sorting.instructions import Instruction, Kernel, Op
from ccc.learn.sorting.kernel import FoundKernel, find_kernel, kernels
from ccc.learn.sorting.network import FoundNetwork, Network, find_network, networks
from ccc.learn.sorting.searchers import KernelSearcher, NetworkSearcher

__all__ = [
    "FoundKernel",
    "FoundNetwork",
    "Instruction",
    "Kernel",
    "KernelSearcher",
    "Network",
    "NetworkSearcher",
    "Op",
    "find_kernel",
    "find_network",
    "kernels",
    "networks",
]
