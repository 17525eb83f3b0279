"""Tests of the Shopify mapping: expectations are written by hand from the contract."""
