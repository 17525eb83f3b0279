"""Shops and At Last as quick as can be: pages rendered once to bytes, then served from memory."""
