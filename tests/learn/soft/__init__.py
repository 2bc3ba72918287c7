"""Tests of soft skills."""
