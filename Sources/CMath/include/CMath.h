#pragma once
// Nothing to call: it is enough to link this module.
