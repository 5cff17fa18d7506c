// What somebody types is not lost: a form is sent once, when it gets through (keep.js), its files show how
// far they are (upload.js), and what was not saved is offered again (typed.js). Without these scripts forms
// are sent as ever, and the server says what it refuses.

import "./keep.js";
import "./typed.js";
import "./upload.js";
