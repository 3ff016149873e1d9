#pragma once
// Nothing to call: that this module is linked is what counts.
