// glibc 2.38 has new versions of fmod and fmodf, without the old error reporting. Foundation calls them, so a program
// that was linked on Debian 13 would not start on Debian 12, only because of these two. So they are bound to their
// first version, which every glibc has.

#include <features.h>

#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 38)
#if defined(__x86_64__)
#define FIRST_VERSION "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define FIRST_VERSION "GLIBC_2.17"
#endif
#endif

#ifdef FIRST_VERSION
double first_fmod(double, double);
float first_fmodf(float, float);
__asm__(".symver first_fmod, fmod@" FIRST_VERSION);
__asm__(".symver first_fmodf, fmodf@" FIRST_VERSION);

// Hidden: otherwise the linker would resolve the references above to these two.
__attribute__((visibility("hidden"))) double fmod(double x, double y) { return first_fmod(x, y); }
__attribute__((visibility("hidden"))) float fmodf(float x, float y) { return first_fmodf(x, y); }
#endif
