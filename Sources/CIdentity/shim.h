#pragma once
// Swift's module of the C library lacks it.
#include <sys/fsuid.h>
