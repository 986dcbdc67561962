// Parts of the phone page that the first message does not need: dialogs, polls, the pin, completion. The server bundles them as a second script.

import { ring } from "./alerts.js";
import { PollCard, Polls } from "./boardview.js";
import { Meant, meantBy } from "./complete.js";
import { Open } from "./dialogs.js";
import { Pinned } from "./pinned.js";

export { Meant, Open, Pinned, PollCard, Polls, meantBy, ring };
