"""Tests of learning by gradient."""
