"""Learning: specs and examples, search for programs over known skills, verification, curricula."""
