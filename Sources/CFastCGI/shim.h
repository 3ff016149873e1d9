#pragma once
#include <fcgiapp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

/* Both stand behind _GNU_SOURCE in <sys/socket.h>, which Swift's Glibc module is built without. */
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);

/* glibc's struct ucred, what SO_PEERCRED answers with. */
struct peer_credentials {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};
