"""Search over hard mixtures: candidates are evaluated on all examples at once, in native code."""
