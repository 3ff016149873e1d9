#pragma once
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

// Writes the system's name servers (resolv.conf(5)) to `servers`, at most `capacity`. In the resolver's state IPv4
// addresses are in a list, and IPv6 addresses in a union of glibc that Swift cannot read.
//
// Returns how many were written, or -1 when the resolver cannot be initialised.
static inline int postern_name_servers(struct sockaddr_storage *servers, int capacity) {
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) return -1;
    int count = 0;
    for (int i = 0; i < state.nscount && count < capacity; i++) {
        if (state.nsaddr_list[i].sin_family == AF_INET) {
            memcpy(&servers[count++], &state.nsaddr_list[i], sizeof(struct sockaddr_in));
        } else if (state._u._ext.nsaddrs[i] != NULL) {
            memcpy(&servers[count++], state._u._ext.nsaddrs[i], sizeof(struct sockaddr_in6));
        }
    }
    res_nclose(&state);
    return count;
}
