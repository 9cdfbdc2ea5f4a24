"""English function words. A query drops them; the index keeps them."""

from __future__ import annotations

# Lower case and unstemmed, with the tails of contractions (don't = don + t).
STOP_WORDS: frozenset[str] = frozenset(
    """
    a about above after again against all am an and any are aren as at be because been before being below
    between both but by can couldn d did didn do does doesn doing don down during each few for from further
    had hadn has hasn have haven having he her here hers herself him himself his how i if in into is isn it
    its itself just ll m ma many me mightn more most much mustn my myself needn no nor not now o of off on once only
    or other our ours ourselves out over own re s same shan she should shouldn so some such t than that the
    their theirs them themselves then there these they this those through to too under until up upon ve very
    was wasn we were weren what when where which while who whom whose why will with won would wouldn y you
    your yours yourself yourselves could might must shall ought cannot
    """.split()  # noqa: SIM905 - a list of 150 quoted words is harder to read
)
