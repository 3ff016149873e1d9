/* The ceiling of this shape: a FastCGI responder on libfcgi that answers a constant. Idle connections are parked in
   epoll, one-shot, so that two workers serve all of them.

   null SOCKET

   The answer is as long as the request asks for ("length=" in the query), to be compared with a real one. */

#include <fcgiapp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { workers = 2, chunk = 16384 };

static int epoll, listener;
static char constant[chunk];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void park(int descriptor, int operation) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data.fd = descriptor};
    if (epoll_ctl(epoll, operation, descriptor, &event)) fail("epoll_ctl");
}

static void answer(FCGX_Request *request) {
    char rest[4096];
    while (FCGX_GetStr(rest, sizeof rest, request->in) > 0) {}
    const char *uri = FCGX_GetParam("REQUEST_URI", request->envp);
    const char *asked = uri ? strstr(uri, "length=") : NULL;
    long length = asked ? atol(asked + strlen("length=")) : 2;
    FCGX_FPrintF(request->out, "Content-Type: application/json\r\nContent-Length: %ld\r\n\r\n", length);
    for (long left = length; left > 0; left -= chunk)
        if (FCGX_PutStr(constant, left < chunk ? left : chunk, request->out) < 0) return;
}

/* One request of a connection that has something to read. */
static void serve(FCGX_Request *request, int descriptor) {
    request->ipcFd = descriptor;
    request->keepConnection = 1; /* else FCGX_Accept_r begins by closing it */
    request->listen_sock = -1;   /* and on failure it would wait for another one */
    request->detached = 1;       /* no waiting for the peer at a close */
    if (FCGX_Accept_r(request)) return; /* the peer has closed; so has libfcgi */
    answer(request);
    int isKept = request->keepConnection;
    FCGX_Finish_r(request);
    if (isKept && request->ipcFd >= 0) park(descriptor, EPOLL_CTL_MOD);
}

static void *work(void *nothing) {
    FCGX_Request request;
    FCGX_InitRequest(&request, -1, 0);
    for (;;) {
        struct epoll_event event;
        if (epoll_wait(epoll, &event, 1, -1) != 1) continue;
        if (event.data.fd == listener) {
            int descriptor = accept(listener, NULL, NULL);
            park(listener, EPOLL_CTL_MOD);
            if (descriptor >= 0) park(descriptor, EPOLL_CTL_ADD);
        } else {
            serve(&request, event.data.fd);
        }
    }
    return nothing;
}

int main(int count, char **arguments) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (count != 2 || strlen(arguments[1]) >= sizeof address.sun_path) return 2;
    strcpy(address.sun_path, arguments[1]);
    memset(constant, 'x', sizeof constant);
    if (FCGX_Init()) return 1;
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address)) fail(arguments[1]);
    if (chmod(arguments[1], 0666) || listen(listener, 1024)) fail(arguments[1]);
    epoll = epoll_create1(0);
    park(listener, EPOLL_CTL_ADD);
    pthread_t thread;
    for (int number = 1; number < workers; number++)
        if (pthread_create(&thread, NULL, work, NULL)) fail("pthread_create");
    work(NULL);
}
