"""A pytest plugin, loaded before the settings: each parallel process has a queue of its own.

Otherwise a worker of one process's test would take the tasks of another's.
"""

import os
import re

number = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
if number and "REDIS_URL" in os.environ:
    os.environ["REDIS_URL"] = re.sub(r"/\d*$", f"/{int(number) + 1}", os.environ["REDIS_URL"])
