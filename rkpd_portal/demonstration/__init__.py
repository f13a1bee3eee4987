"""The demonstration: two consultations told through the same verbs that people use.

Every figure and voice in it is an invented example; no real person is quoted.
"""
