"""Carries shipped orders from shops to the At Last returns platform."""
