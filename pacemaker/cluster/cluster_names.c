/* What corosync's configuration map says about nodes (messaging.md §2.6). */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <corosync/cmap.h>
#include "pacemaker/cluster/cluster_internal.h"
#include "pacemaker/common/daemon.h"
#include "pacemaker/common/log.h"

#define CONNECT_TRIES 5
#define NODES_MAX 1024u         /* entries looked at in the nodelist */

static int connect_map(cmap_handle_t *handle, unsigned tries)
{
    for (unsigned try = 1;; try++) {
        cs_error_t rc = cmap_initialize(handle);

        if (rc == CS_OK) {
            return 0;
        }
        log_debug("Could not connect to corosync's configuration map: %s (try %u)", cluster_cs_text(rc), try);
        if (try >= tries || !mainloop_pause(try * 1000)) {
            return -ENOTCONN;
        }
    }
}

static char *node_text(cmap_handle_t handle, unsigned index, const char *what)
{
    char key[CMAP_KEYNAME_MAXLEN + 1];
    char *value = NULL;

    snprintf(key, sizeof(key), "nodelist.node.%u.%s", index, what);
    return cmap_get_string(handle, key, &value) == CS_OK ? value : NULL;
}

static bool is_address(const char *text)
{
    struct in_addr address;

    return strchr(text, ':') != NULL || inet_pton(AF_INET, text, &address) == 1;
}

/* The name of an entry: its name, else its first address if that is a host name. */
static char *entry_name(cmap_handle_t handle, unsigned index)
{
    char *name = node_text(handle, index, "name");

    if (name == NULL) {
        name = node_text(handle, index, "ring0_addr");
        if (name != NULL && is_address(name)) {
            free(name);
            name = NULL;
        }
    }
    return name;
}

static bool entry_id(cmap_handle_t handle, unsigned index, uint32_t *id)
{
    char key[CMAP_KEYNAME_MAXLEN + 1];

    snprintf(key, sizeof(key), "nodelist.node.%u.nodeid", index);
    return cmap_get_uint32(handle, key, id) == CS_OK;
}

static uint32_t local_id(void)
{
    cpg_handle_t cpg = 0;
    unsigned int id = 0;

    if (cpg_initialize(&cpg, NULL) != CS_OK) {
        return 0;
    }
    if (cpg_local_get(cpg, &id) != CS_OK) {
        id = 0;
    }
    cpg_finalize(cpg);
    return id;
}

char *cluster_node_name(uint32_t id)
{
    return cluster_name_of_id(id, CONNECT_TRIES);
}

char *cluster_name_of_id(uint32_t id, unsigned tries)
{
    cmap_handle_t handle = 0;
    char *name = NULL;
    uint32_t entry = 0;

    if (connect_map(&handle, tries) < 0) {
        return NULL;
    }
    if (id == 0) {
        id = local_id();
    }
    for (unsigned i = 0; id != 0 && i < NODES_MAX && entry_id(handle, i, &entry); i++) {
        if (entry == id) {
            name = entry_name(handle, i);
            break;
        }
    }
    cmap_finalize(handle);
    return name;
}

char *cluster_name(void)
{
    cmap_handle_t handle = 0;
    char *name = NULL;

    if (connect_map(&handle, CONNECT_TRIES) < 0) {
        return NULL;
    }
    if (cmap_get_string(handle, "totem.cluster_name", &name) != CS_OK) {
        name = NULL;
    }
    cmap_finalize(handle);
    return name;
}

int cluster_load_nodelist(peers_t *peers)
{
    cmap_handle_t handle = 0;
    uint32_t id = 0;
    int rc = connect_map(&handle, CONNECT_TRIES);

    for (unsigned i = 0; rc == 0 && i < NODES_MAX && entry_id(handle, i, &id); i++) {
        char *name = entry_name(handle, i);
        const peer_t *same = name != NULL ? peers_find(peers, 0, name) : NULL;

        if (same != NULL && same->id != 0 && same->id != id) {
            log_crit("Nodes %u and %u share the name '%s' in corosync's configuration", (unsigned)same->id,
                     (unsigned)id, name);
            rc = -ENOTUNIQ;
        } else if (id != 0) {
            peers_get(peers, id, name)->configured = true;
        }
        free(name);
    }
    if (handle != 0) {
        cmap_finalize(handle);
    }
    return rc;
}
