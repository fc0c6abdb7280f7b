"""Four small applications as somebody outside this repository would write them: a package with `application.py` and
`page.py` each, named in PORTAL_APPLICATIONS and nowhere else.

    shouting   prediction only
    slopes     data and training
    lines      prediction, and training without a data set
    drill      training only
"""

from __future__ import annotations

NAMES = ("shouting", "slopes", "lines", "drill")
SETTING = ",".join(f"{__name__}.{name}" for name in NAMES)
