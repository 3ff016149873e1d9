#pragma once
// Swift's Glibc module has no <sys/fsuid.h>.
#include <sys/fsuid.h>
#include <sys/types.h>

// The same as struct ucred, which SO_PEERCRED gives; <sys/socket.h> declares that only with _GNU_SOURCE, which Swift's
// Glibc module is built without.
struct peer_credentials {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};
