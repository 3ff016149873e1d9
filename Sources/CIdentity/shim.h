#pragma once
// Swift's Glibc module has no <sys/fsuid.h>.
#include <sys/fsuid.h>
