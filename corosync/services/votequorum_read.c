/*
 * The votequorum service: the configuration as the live map has it (services.md 4.1).
 */
#include "corosync/services/votequorum.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "corosync/services/services.h"

#define NODE_PREFIX "nodelist.node."
#define DEVICE_TIMEOUT_MS 10000
#define DEVICE_SYNC_TIMEOUT_MS 30000
#define LAST_MAN_STANDING_WINDOW_MS 10000

static uint32_t get_u32(const char *key, uint32_t missing)
{
    uint32_t value = missing;

    icmap_get_u32(engine_map(), key, &value);
    return value;
}

static bool get_flag(const char *key)
{
    uint8_t value = 0;

    icmap_get_u8(engine_map(), key, &value);
    return value != 0;
}

static uint32_t node_votes(unsigned long position)
{
    char key[ICMAP_KEY_MAX + 1];

    snprintf(key, sizeof(key), NODE_PREFIX "%lu.quorum_votes", position);
    return get_u32(key, 1);
}

/* Positions of nodes are not in the order of numbers: 0, 1, 10, 2. Keys of one node are together. */
static void read_nodelist(struct vq_config *config)
{
    struct icmap_iter iter;
    uint32_t local_position;
    bool first = true;
    unsigned long last = 0;
    const char *key;

    if (icmap_get_u32(engine_map(), "nodelist.local_node_pos", &local_position) != CS_OK) {
        return;
    }
    config->have_nodelist = true;
    config->own_votes = node_votes(local_position);
    icmap_iter_init(&iter, engine_map(), NODE_PREFIX);
    while ((key = icmap_iter_next(&iter, NULL)) != NULL) {
        unsigned long position = strtoul(key + strlen(NODE_PREFIX), NULL, 10);

        if (first || position != last) {
            config->node_count++;
            config->votes_sum += node_votes(position);
        }
        first = false;
        last = position;
    }
}

static void read_device(struct vq_config *config)
{
    const char *model = icmap_get_string(engine_map(), "quorum.device.model");

    config->device = model != NULL && model[0] != '\0';
    config->device_votes_set = icmap_get_u32(engine_map(), "quorum.device.votes",
                                             &config->device_votes) == CS_OK;
    config->device_timeout = get_u32("quorum.device.timeout", DEVICE_TIMEOUT_MS);
    config->device_sync_timeout = get_u32("quorum.device.sync_timeout", DEVICE_SYNC_TIMEOUT_MS);
}

/* Expected votes that an earlier run has seen; 0 when there is no file. */
static uint32_t read_barrier(void)
{
    uint32_t barrier = 0;
    char path[4096];

    snprintf(path, sizeof(path), "%s/" VQ_BARRIER_FILE, engine_state_dir());
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        if (read(fd, &barrier, sizeof(barrier)) != (ssize_t)sizeof(barrier)) {
            log_msg(SUBSYS_VOTEQ, LOG_WARNING, "Can't read the expected votes barrier from %s", path);
            barrier = 0;
        }
        close(fd);
    }
    return barrier;
}

/* Told once for each change. */
static void warn_of_splits(const struct vq_config *config)
{
    static uint32_t told;
    uint32_t votes = vq_config_splits(config);

    if (votes != 0 && votes != told) {
        log_msg(SUBSYS_VOTEQ, LOG_WARNING,
                "quorum.device.votes (%u) is not part of the expected votes at the start: until all nodes "
                "and the device have met, two parts of the cluster can have quorum at the same time. "
                "Set quorum.expected_votes to %u.", config->device_votes, votes);
    }
    told = votes;
}

void vq_config_check(void)
{
    const char *provider = icmap_get_string(engine_map(), "quorum.provider");
    struct vq_config config;

    if (provider != NULL && strcmp(provider, "corosync_votequorum") == 0) {
        vq_config_read(&config);
    }
}

void vq_config_read(struct vq_config *config)
{
    uint8_t wait_for_all = 0;

    memset(config, 0, sizeof(*config));
    read_nodelist(config);
    read_device(config);
    config->votes = get_u32("quorum.votes", 0);
    config->expected_votes = get_u32("quorum.expected_votes", 0);
    config->two_node = get_flag("quorum.two_node");
    config->wait_for_all_set = icmap_get_u8(engine_map(), "quorum.wait_for_all", &wait_for_all) == CS_OK;
    config->wait_for_all = wait_for_all != 0;
    config->auto_tie_breaker = get_flag("quorum.auto_tie_breaker");
    config->tie_breaker_node = icmap_get_string(engine_map(), "quorum.auto_tie_breaker_node");
    config->last_man_standing = get_flag("quorum.last_man_standing");
    config->last_man_standing_window = get_u32("quorum.last_man_standing_window",
                                               LAST_MAN_STANDING_WINDOW_MS);
    config->allow_downscale = get_flag("quorum.allow_downscale");
    config->expected_votes_tracking = get_flag("quorum.expected_votes_tracking");
    if (config->expected_votes_tracking || config->allow_downscale) {
        config->tracking_barrier = read_barrier();
    }
    warn_of_splits(config);
}
