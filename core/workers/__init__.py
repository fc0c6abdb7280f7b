"""Short work on untrusted input, in processes of its own: parsing and checking, dry runs, trial predictions.

    call(name, request)      one task of `core.workers.work.TASKS`, waited for; any thread may call
    core.workers.reading     what pages and command line ask for: drafts, images, tables, texts
    core.workers.pool        who is served next
    core.workers.process     one worker as this process sees it: its messages, its limits, its end
    core.workers.child       the worker itself

Whatever a visitor gives is decoded in such a worker, which is bounded in memory, CPU seconds and wall time, and ended
when the visitor cancels or leaves: neither the memory nor the interpreter of the server is touched.
"""

from __future__ import annotations

from core.workers.pool import Pool

shared = Pool()
"""The workers of this process. None is started before the first call, or before `shared.warm()`."""
call = shared.call
