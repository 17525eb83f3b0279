"""Tests of mapping: expectations are written by hand from the contract and the recordings."""
