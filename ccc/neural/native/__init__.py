"""The native engine: the network's weights lowered to machine code.

The lowering knows layers, token kinds and the directions that the host reads and writes, and no opcode: it reads the
tensors, drops zeros, folds constants, and writes the forward pass of one step for the CPU, the ports and the cell that
is written. What it cannot show from the weights it guards as the program runs.

`tensors`: the weights as rows of terms. `values`, `emitter`: numbers and code. `tokens`: the rows of a step.
`feed_forward`, `scores`, `attention`, `write_back`, `router`: the layers. `profile`: what gates usually do. `step`,
`frame`, `function`: the loop around the layers. `compile`, `machine_code`, `cache`, `abi`, `interface`, `network`: from
a model to something to call. `fallback`: the dense engine, where there is no way.
"""

from ccc.neural.native.executor import NativeExecutor

__all__ = ["NativeExecutor"]
