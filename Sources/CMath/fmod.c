// glibc 2.38 gave fmod and fmodf a second version, without the old way of reporting errors. Foundation, which is linked
// into the program, calls them; a program linked on Debian 13 would not start on Debian 12, only because of these two.
// So they are bound to their first version, which every glibc has.

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

// Hidden, or the references above would be answered by these.
__attribute__((visibility("hidden"))) double fmod(double x, double y) { return first_fmod(x, y); }
__attribute__((visibility("hidden"))) float fmodf(float x, float y) { return first_fmodf(x, y); }
#endif
