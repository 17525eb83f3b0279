"""
Simulators of the shops and of At Last, as nasty as the recorded reality.

They are real HTTP servers on loopback, for the demo, the tests and users' own
trials (`orderferry sandbox`). Nothing here is imported by the daemon.
"""
