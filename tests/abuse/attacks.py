"""All attacks, in the order in which they are played."""

import crowds  # noqa: F401
import hoards  # noqa: F401
import outsider  # noqa: F401
import shares  # noqa: F401
import tricks  # noqa: F401
import weight  # noqa: F401
from table import ATTACKS as ATTACKS
