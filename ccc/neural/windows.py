"""Names in the residual stream for what frames let be written: the open frame's areas, and a new frame's windows."""

from __future__ import annotations

from ccc.machine import FRAME_WINDOWS

WINDOWS = tuple(str(n) for n in range(1, FRAME_WINDOWS + 1))
"""The windows of the open frame: from low1 to high1, and so on."""

ALLOWED = (("fp", "stack_low"), *(("high" + n, "low" + n) for n in WINDOWS))
"""End and start of everything that an open frame lets be written."""

NEW_WINDOWS = (("operand1", "operand2"), ("operand3", "indirect1"), ("indirect2", "indirect3"))
"""Start and end of the windows of the frame that ENTER opens: what its six reads come back in."""
assert len(NEW_WINDOWS) == FRAME_WINDOWS
