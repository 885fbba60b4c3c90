/*
 * Which node of the nodelist are we? (config-and-tools.md 3.4)
 */
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "corosync/engine/totem_conf.h"

/* Calls match(candidate, arg) for every name and ring0_addr; returns the first matching position or -1. */
static int search(const struct icmap *map, bool (*match)(const char *candidate, const void *arg),
                  const void *arg)
{
    struct icmap_iter iter;
    struct icmap_value value;
    const char *key;

    icmap_iter_init(&iter, map, "nodelist.node.");
    while ((key = icmap_iter_next(&iter, &value)) != NULL) {
        char field[ICMAP_KEY_MAX + 1];
        unsigned position;

        if (value.type != ICMAP_STRING || sscanf(key, "nodelist.node.%u.%255s", &position, field) != 2) {
            continue;
        }
        if (strcmp(field, "name") != 0 && strcmp(field, "ring0_addr") != 0) {
            continue;
        }
        if (match(value.data, arg)) {
            return (int)position;
        }
    }
    return -1;
}

static bool match_equal(const char *candidate, const void *name)
{
    return strcmp(candidate, name) == 0;
}

/* The candidate up to its first dot equals the name. */
static bool match_short(const char *candidate, const void *name)
{
    size_t len = strcspn(candidate, ".");

    return len == strlen(name) && strncmp(candidate, name, len) == 0;
}

static int by_host_name(const struct icmap *map)
{
    struct utsname uts;
    char name[sizeof(uts.nodename)];
    char *dot;
    int position;

    if (uname(&uts) != 0) {
        return -1;
    }
    snprintf(name, sizeof(name), "%s", uts.nodename);
    position = search(map, match_equal, name);
    while (position < 0 && (dot = strrchr(name, '.')) != NULL) {
        *dot = '\0';
        position = search(map, match_equal, name);
    }
    return position >= 0 ? position : search(map, match_short, name);
}

static bool usable(const struct ifaddrs *item)
{
    return item->ifa_addr != NULL &&
           (item->ifa_addr->sa_family == AF_INET || item->ifa_addr->sa_family == AF_INET6);
}

static socklen_t sockaddr_len(const struct sockaddr *sa)
{
    return sa->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static int by_interface_name(const struct icmap *map, const struct ifaddrs *list)
{
    for (const struct ifaddrs *item = list; item != NULL; item = item->ifa_next) {
        char host[NI_MAXHOST];
        int position = -1;

        if (!usable(item)) {
            continue;
        }
        if (getnameinfo(item->ifa_addr, sockaddr_len(item->ifa_addr), host, sizeof(host), NULL, 0, 0) == 0) {
            position = search(map, match_equal, host);
            if (position < 0) {
                host[strcspn(host, ".")] = '\0';
                position = search(map, match_equal, host);
            }
        }
        if (position < 0 && getnameinfo(item->ifa_addr, sockaddr_len(item->ifa_addr), host, sizeof(host),
                                        NULL, 0, NI_NUMERICHOST) == 0) {
            position = search(map, match_equal, host);
        }
        if (position >= 0) {
            return position;
        }
    }
    return -1;
}

static bool same_address(const struct sockaddr *a, const struct sockaddr *b)
{
    struct net_addr left, right;

    if (a->sa_family != b->sa_family) {
        return false;
    }
    memset(&left, 0, sizeof(left));
    memset(&right, 0, sizeof(right));
    memcpy(&left, a, sockaddr_len(a));
    memcpy(&right, b, sockaddr_len(b));
    return net_addr_equal(&left, &right);
}

/* Some address the candidate resolves to is one of ours. */
static bool match_resolved(const char *candidate, const void *arg)
{
    const struct ifaddrs *list = arg;
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_protocol = IPPROTO_UDP};
    struct addrinfo *results = NULL;
    bool found = false;

    if (candidate[0] == '\0' || getaddrinfo(candidate, NULL, &hints, &results) != 0) {
        return false;
    }
    for (const struct addrinfo *result = results; result != NULL && !found; result = result->ai_next) {
        for (const struct ifaddrs *item = list; item != NULL && !found; item = item->ifa_next) {
            found = usable(item) && same_address(result->ai_addr, item->ifa_addr);
        }
    }
    freeaddrinfo(results);
    return found;
}

int totem_conf_find_local(const struct icmap *map)
{
    struct ifaddrs *list = NULL;
    int position;

    if (icmap_get_string(map, "nodelist.node.0.name") == NULL &&
        icmap_get_string(map, "nodelist.node.0.ring0_addr") == NULL) {
        return -1;
    }
    position = by_host_name(map);
    if (position >= 0) {
        return position;
    }
    if (getifaddrs(&list) != 0) {
        return -1;
    }
    position = by_interface_name(map, list);
    if (position < 0) {
        position = search(map, match_resolved, list);
    }
    freeifaddrs(list);
    return position;
}
