"""Mutation testing of mapping: are its tests able to notice a change?"""
