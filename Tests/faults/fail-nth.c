/* Preloaded into a program, this makes one of its writes or syncs fail, as a bad or a full disk does, and its wall
 * clock jump.
 *
 * FAIL_NTH_CONTROL names a file of six 32-bit numbers, shared with whoever wants a failure and changed at any time:
 *   left      how many more calls until one fails; 0: none is counted
 *   error     the errno of the failure; below 0: the number of the signal that ends the program instead
 *   lasting   not 0: the calls after that one fail too, until `left` is set to 0
 *   failed    how many have failed; counted up here
 *   kind      1: counts writes and truncations only; 2: syncs only; 0: both
 *   ahead     seconds by which time(2) is wrong
 * FAIL_NTH_BELOW is the directory whose files are meant.
 *
 * cc -shared -fPIC -O1 -o fail-nth.so fail-nth.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

struct control {
    _Atomic int left, error, lasting, failed, kind, ahead;
};

enum kind { WRITING = 1, SYNCING = 2 };

static struct control *control;
static const char *below;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAIL_NTH_CONTROL");
    below = getenv("FAIL_NTH_BELOW");
    if (!path || !below) return;
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return;
    void *memory = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (memory != MAP_FAILED) control = memory;
}

static int is_meant(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    size_t count = strlen(below);
    return strncmp(path, below, count) == 0 && path[count] == '/';
}

/* Whether this call is to fail; errno says with what. */
static int fails(int descriptor, enum kind kind) {
    if (!control || control->left == 0) return 0;
    int meant = control->kind;
    if ((meant && meant != (int)kind) || !is_meant(descriptor)) return 0;
    int left = control->left;
    for (;;) {
        if (left == 0) return 0;
        if (left == 1 && control->lasting) break;
        if (atomic_compare_exchange_weak(&control->left, &left, left - 1)) break;
    }
    if (left != 1) return 0;
    control->failed++;
    if (control->error < 0) kill(getpid(), -control->error);
    errno = control->error;
    return 1;
}

#define NEXT(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))
#define REPLACED(type, name, kind, parameters, ...)                         \
    type name parameters {                                                  \
        static __typeof__(name) *next;                                      \
        if (!next) next = NEXT(name);                                       \
        return fails(descriptor, kind) ? (type)-1 : next(__VA_ARGS__);      \
    }

REPLACED(ssize_t, write, WRITING, (int descriptor, const void *bytes, size_t count), descriptor, bytes, count)
REPLACED(ssize_t, pwrite, WRITING, (int descriptor, const void *bytes, size_t count, off_t at), descriptor, bytes,
         count, at)
REPLACED(ssize_t, pwrite64, WRITING, (int descriptor, const void *bytes, size_t count, off64_t at), descriptor, bytes,
         count, at)
REPLACED(int, ftruncate, WRITING, (int descriptor, off_t length), descriptor, length)
REPLACED(int, ftruncate64, WRITING, (int descriptor, off64_t length), descriptor, length)
REPLACED(int, fsync, SYNCING, (int descriptor), descriptor)
REPLACED(int, fdatasync, SYNCING, (int descriptor), descriptor)

time_t time(time_t *result) {
    static __typeof__(time) *next;
    if (!next) next = NEXT(time);
    time_t now = next(NULL) + (control ? control->ahead : 0);
    if (result) *result = now;
    return now;
}
