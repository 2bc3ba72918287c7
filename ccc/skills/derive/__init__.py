"""Jacobian code derived from forward code, by automatic differentiation in forward mode. docs/derive.md.

`source`: statements with their places. `types`: what a card says of slots. `code`, `kinds`: the forward code, its ways,
and what cells hold. `names`: cells that are added. `rules`, `calls`: one instruction or call. `tangent`: the tangent
version of a skill. `driver`: the Jacobian code that calls it for each column. `purity`: whose Jacobian code suffices.
"""

from ccc.skills.derive.derive import Derived, derive_file

__all__ = ["Derived", "derive_file"]
