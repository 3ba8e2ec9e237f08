"""Answers to 06, right and wrong."""

from ._variants import but

RIGHT = {
    "-1 for no deadline": """
import math
def timeout_for(deadline, now):
    if deadline is None or deadline == math.inf:
        return -1
    return max(0, math.ceil(1000 * (deadline - now)))
""",
    "the solution": """
import math
def timeout_for(deadline, now):
    if deadline is None or deadline == math.inf:
        return None
    return max(0, math.ceil(1000 * (deadline - now)))
""",
}

WRONG = {
    "int": (
        """
import math
def timeout_for(deadline, now):
    if deadline is None or deadline == math.inf:
        return None
    return max(0, int(1000 * (deadline - now)))
""",
        "round up",
    ),
    "round": (
        """
import math
def timeout_for(deadline, now):
    if deadline is None or deadline == math.inf:
        return None
    return max(0, round(1000 * (deadline - now)))
""",
        "round up",
    ),
    "seconds": (
        """
import math
def timeout_for(deadline, now):
    if deadline is None or deadline == math.inf:
        return None
    return max(0, math.ceil(deadline - now))
""",
        "poll() takes milliseconds",
    ),
    "not clamped": (
        """
import math
def timeout_for(deadline, now):
    if deadline is None or deadline == math.inf:
        return None
    return math.ceil(1000 * (deadline - now))
""",
        "below 0 for ever",
    ),
    "inf passed on": (
        """
import math
def timeout_for(deadline, now):
    if deadline is None:
        return None
    return max(0, math.ceil(1000 * (deadline - now)))
""",
        "which timeout means for ever",
    ),
    "None not thought of": (
        """
import math
def timeout_for(deadline, now):
    return max(0, math.ceil(1000 * (deadline - now)))
""",
        "deadline is None where there is none",
    ),
}

_SOLUTION = RIGHT["the solution"]

RIGHT |= {
    "isinf": but(_SOLUTION, ("deadline == math.inf", "math.isinf(deadline)")),
    "OverflowError": """
import math
def timeout_for(deadline, now):
    if deadline is None:
        return None
    try:
        return max(math.ceil((deadline - now) * 1000), 0)
    except OverflowError:
        return None
""",
    "floor of what is below 0": """
def timeout_for(deadline, now):
    if deadline in (None, float("inf")):
        return None
    left = deadline - now
    return int(-(-1000 * left // 1)) if left > 0 else 0
""",
    "one expression": """
import math
def timeout_for(deadline, now):
    return None if deadline in (None, math.inf) else max(0, math.ceil(1e3 * (deadline - now)))
""",
    "int and a part": """
import math
def timeout_for(deadline, now):
    if deadline is None or math.isinf(deadline):
        return -1
    ms = (deadline - now) * 1000
    if ms <= 0:
        return 0
    whole = int(ms)
    return whole + (ms > whole)
""",
    "divmod": """
def timeout_for(deadline, now):
    if deadline is None or deadline == float("inf"):
        return None
    whole, part = divmod(1000 * (deadline - now), 1)
    return max(0, int(whole) + bool(part))
""",
    "helpers": """
import math
FOR_EVER = None
def milliseconds(seconds):
    return math.ceil(1000 * seconds)
def timeout_for(deadline, now):
    left = math.inf if deadline is None else deadline - now
    if left == math.inf:
        return FOR_EVER
    return milliseconds(left) if left > 0 else 0
""",
    "match": """
import math
def timeout_for(deadline, now):
    match deadline:
        case None | math.inf:
            return None
        case _ if deadline <= now:
            return 0
    return math.ceil(1000 * (deadline - now))
""",
}

WRONG |= {
    "one more": (
        but(_SOLUTION, ("math.ceil(1000 * (deadline - now))", "int(1000 * (deadline - now)) + 1")),
        "only a part is rounded up",
    ),
    "floor": (but(_SOLUTION, ("math.ceil", "math.floor")), "round up"),
    "a float": (but(_SOLUTION, ("math.ceil(", "float(")), "A whole number"),
    "None when it has passed": (
        but(_SOLUTION, ("    return max", "    if now >= deadline:\n        return None\n    return max")),
        "There is a deadline",
    ),
    "-1 when it has passed": (
        but(_SOLUTION, ("    return max", "    if now >= deadline:\n        return -1\n    return max")),
        "below 0 for ever",
    ),
    "abs": (
        but(
            _SOLUTION,
            ("max(0, math.ceil(1000 * (deadline - now)))", "abs(math.ceil(1000 * (deadline - now)))"),
        ),
        "never below 0",
    ),
    "the wrong way round": (
        but(_SOLUTION, ("deadline - now", "now - deadline")),
        "Something is left, of deadline - now",
    ),
    "0 for no deadline": (but(_SOLUTION, ("return None", "return 0")), "which timeout means for ever"),
    "inf for no deadline": (
        but(_SOLUTION, ("return None", "return math.inf")),
        "poll(inf) is an OverflowError",
    ),
    "a long time for no deadline": (
        but(_SOLUTION, ("return None", "return 10**9")),
        "which timeout means for ever",
    ),
    "half a millisecond more": (
        but(_SOLUTION, ("math.ceil(1000 * (deadline - now))", "int(1000 * (deadline - now) + 0.5)")),
        "round up",
    ),
    "1 at least": (but(_SOLUTION, ("max(0,", "max(1,")), "never below 0"),
    "a zero is no deadline": (but(_SOLUTION, ("deadline is None", "not deadline")), "There is a deadline"),
    "a fixed timeout": ("def timeout_for(deadline, now):\n    return 100\n", "which timeout means for ever"),
    "microseconds": (but(_SOLUTION, ("1000 *", "1_000_000 *")), "poll() takes milliseconds"),
    "min": (but(_SOLUTION, ("max(", "min(")), "0 does not wait at all"),
    "prints it": (
        but(_SOLUTION, ("return max(", "print("), ("(deadline - now)))", "(deadline - now)))")),
        "There is a deadline",
    ),
    "its own clock": (
        but(
            _SOLUTION, ("import math", "import math, time"), ("deadline - now", "deadline - time.monotonic()")
        ),
        "count from now",
    ),
    "seconds, rounded up": (
        but(_SOLUTION, ("math.ceil(1000 * (deadline - now))", "1000 * math.ceil(deadline - now)")),
        "First to milliseconds",
    ),
    "nothing for inf": (
        but(_SOLUTION, (" or deadline == math.inf", " or deadline == 'inf'")),
        "which timeout means for ever",
    ),
    "text": (
        but(
            _SOLUTION,
            (
                "return max(0, math.ceil(1000 * (deadline - now)))",
                "return str(max(0, math.ceil(1000 * (deadline - now))))",
            ),
        ),
        "no text",
    ),
}

IN_THE_TESTS = [
    "the solution",
    "helpers",
    "-1 for no deadline",
    "int",
    "seconds",
    "not clamped",
    "inf passed on",
    "None not thought of",
    "text",
]
