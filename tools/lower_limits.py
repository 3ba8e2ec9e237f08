"""Print the oldest versions that pyproject.toml allows of what the course and its tests need, for pip.

Run it where the package is installed, alone if need be: it reads what the installation says of itself.
"""

import re
from importlib.metadata import requires

EXTRAS = ("lab", "test")


def lower_limits() -> list[str]:
    """``name==version`` for each requirement of the package and of `EXTRAS`.

    :raises ValueError: if one is not of the form ``name>=version``; versions may be left out, by ``!=``, and
        there may be a limit above, by ``<``.
    """
    found = []
    for line in requires("pollerlab") or []:
        requirement, _, marker = line.partition(";")
        extra = re.search(r"""extra == ['"](\w+)['"]""", marker)
        if (extra and extra[1] not in EXTRAS) or requirement.startswith("pollerlab"):
            continue
        wanted = re.sub(r"(!=|<)[\w.*]+,?", "", requirement.strip()).rstrip(",")
        name, operator, version = re.split(r"(>=)", wanted, maxsplit=1)
        if not operator or not re.fullmatch(r"[\w.]+", version):
            raise ValueError(f"{requirement!r} must be a name, >= and a version.")
        found.append(f"{name}=={version}")
    return found


if __name__ == "__main__":
    print("\n".join(lower_limits()))
