"""Whole programs to copy, which notebooks show and tests run: plain pyzmq, nothing else of this package.

Others take from here what ``__all__`` names: modules, each of them a program.  Imports nothing of the
package.
"""

__all__ = ["lasting_loop"]
