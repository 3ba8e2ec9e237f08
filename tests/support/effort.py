"""How hard the drills try: a little in `make test`, and as much as one asks for in `make faults`."""

import os

CYCLES = int(os.environ.get("CYCLES", "100"))
"""Starts and stops of each peer."""
EXAMPLES = int(os.environ.get("EXAMPLES", "20"))
"""Calls of each public function with bad input."""
STEP = int(os.environ.get("STEP", "6"))
"""How many of the places at which something can break lie between two that are tried."""
QUIET = bool(os.environ.get("QUIET"))
"""Whether nothing else runs, so that costs can be asked to be as low as they are then."""
