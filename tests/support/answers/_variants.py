"""An answer that differs from another in a few places."""


def but(source: str, *changes: tuple[str, str]) -> str:
    """*source* with each ``(old, new)`` put in place; *old* must be there once."""
    for old, new in changes:
        assert source.count(old) == 1, f"{source.count(old)} times there: {old}"
        source = source.replace(old, new)
    return source
