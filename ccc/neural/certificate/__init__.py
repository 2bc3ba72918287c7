"""The precision certificate: what can be shown of a network's exactness from its tensors alone.

`ranges`: number formats, intervals, grains. `atoms`, `bounds`, `facts`: linear forms over unknowns, the rules for the
order of sums, assumptions and case splits. `weights`: units, heads and rounding pairs, read off the tensors. `scores`,
`attention`: what a head tells apart. `walk`: one step over all kinds of tokens. `proof`: what the next state depends
on. `certificate`: the result, which `ccc.neural` exports. `memory`: the largest memory alone, quickly; `model` asks for
it whenever a state is loaded.
"""

from ccc.neural.certificate.memory import Limit, memory_limit

__all__ = ["Limit", "memory_limit"]
