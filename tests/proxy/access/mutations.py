"""Single changes to a signed text whose signature is another one each time it is made."""

from collections.abc import Callable

from hypothesis import strategies as st


def another(letters: str) -> st.SearchStrategy[Callable[[str], str]]:
    """One of `letters` that is not the one it is asked for; what is drawn does not depend on that."""
    pairs = [(first, second) for first in letters for second in letters if first != second]
    return st.sampled_from(pairs).map(lambda pair: lambda old: pair[pair[0] == old])
