"""The same names once more: `sqlite3.dbapi2` is where some programs look."""

from . import *  # noqa: F403
from . import __getattr__ as __getattr__
from ._constants import *  # noqa: F403
