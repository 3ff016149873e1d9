#pragma once
#include <fcgiapp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

// <sys/socket.h> declares accept4 only with _GNU_SOURCE, which Swift's Glibc module is built without.
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
