"""Whole programs to copy, which notebooks show and tests run: plain pyzmq, nothing else of this package."""
