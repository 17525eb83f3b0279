"""Pure functions from a platform's orders to At Last's: no clock, no I/O, no state."""
