/*
 * corosync-cpgtool: lists process groups and their members.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <corosync/cfg.h>
#include <corosync/cpg.h>

#define ADDRS_MAX 8

static const char usage[] =
    "corosync-cpgtool [-d delimiter] [-e] [-n] [-h]\n"
    "\n"
    "Lists the process groups of the cluster and their members.\n"
    "options:\n"
    "\t-d\tCharacter between the fields.\n"
    "\t-e\tPrint unprintable characters of group names as they are.\n"
    "\t-n\tOnly the names of the groups.\n"
    "\t-h\tPrint this help.\n";

static corosync_cfg_handle_t cfg;
static bool raw_names;

/* Unprintable bytes as \xNN and backslashes doubled, unless asked not to. */
static void name_print(const struct cpg_name *name)
{
    for (uint32_t i = 0; i < name->length; i++) {
        unsigned char c = (unsigned char)name->value[i];

        if (raw_names || (isprint(c) && c != '\\')) {
            putchar(c);
        } else if (c == '\\') {
            fputs("\\\\", stdout);
        } else {
            printf("\\x%02X", c);
        }
    }
}

static bool names_equal(const struct cpg_name *a, const struct cpg_name *b)
{
    return a->length == b->length && memcmp(a->value, b->value, a->length) == 0;
}

static cs_error_t iterate(cpg_handle_t cpg, cpg_iteration_type_t type,
                          void (*show)(const struct cpg_iteration_description_t *entry, char delimiter),
                          char delimiter)
{
    struct cpg_iteration_description_t entry;
    cpg_iteration_handle_t iteration;
    cs_error_t error = cpg_iteration_initialize(cpg, type, NULL, &iteration);

    if (error != CS_OK) {
        fprintf(stderr, "Could not initialize the iteration over groups, error %u\n", error);
        return error;
    }
    while ((error = cpg_iteration_next(iteration, &entry)) == CS_OK) {
        show(&entry, delimiter);
    }
    cpg_iteration_finalize(iteration);
    return error == CS_ERR_NO_SECTIONS ? CS_OK : error;
}

static void show_name(const struct cpg_iteration_description_t *entry, char delimiter)
{
    name_print(&entry->group);
    putchar(delimiter == '\0' ? '\n' : delimiter);
}

static void show_fields(const struct cpg_iteration_description_t *entry, char delimiter)
{
    name_print(&entry->group);
    printf("%c%u%c%u\n", delimiter, entry->pid, delimiter, entry->nodeid);
}

/* "10.0.0.1 10.1.0.1" */
static void addresses_print(unsigned int nodeid)
{
    corosync_cfg_node_address_t addrs[ADDRS_MAX];
    int count = 0;

    if (corosync_cfg_get_node_addrs(cfg, nodeid, ADDRS_MAX, &count, addrs) != CS_OK) {
        return;
    }
    for (int i = 0; i < count && i < ADDRS_MAX; i++) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)addrs[i].address;
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)addrs[i].address;
        char text[INET6_ADDRSTRLEN] = "";

        if (in->sin_family == AF_INET) {
            inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
        } else if (in6->sin6_family == AF_INET6) {
            inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
        }
        printf("%s%s", i > 0 ? " " : "", text);
    }
}

static void show_member(const struct cpg_iteration_description_t *entry, char delimiter)
{
    static struct cpg_name last;
    static bool any;

    if (!any || !names_equal(&last, &entry->group)) {
        name_print(&entry->group);
        putchar('\n');
        last = entry->group;
        any = true;
    }
    printf("\t\t%10u\t%10u (", entry->pid, entry->nodeid);
    addresses_print(entry->nodeid);
    fputs(")\n", stdout);
}

static cs_error_t show_all(cpg_handle_t cpg, bool only_names, char delimiter)
{
    cs_error_t error;

    if (only_names) {
        error = iterate(cpg, CPG_ITERATION_NAME_ONLY, show_name, delimiter);
        if (delimiter != '\0') {
            putchar('\n');
        }
    } else if (delimiter != '\0') {
        printf("GRP_NAME%cPID%cNODEID\n", delimiter, delimiter);
        error = iterate(cpg, CPG_ITERATION_ALL, show_fields, delimiter);
    } else {
        printf("Group Name\t%10s\t%10s\n", "PID", "Node ID");
        error = iterate(cpg, CPG_ITERATION_ALL, show_member, delimiter);
    }
    return error;
}

int main(int argc, char **argv)
{
    bool only_names = false;
    char delimiter = '\0';
    cpg_handle_t cpg;
    int option;

    while ((option = getopt(argc, argv, "d:enh")) != -1) {
        switch (option) {
        case 'd':
            delimiter = optarg[0];
            break;
        case 'e':
            raw_names = true;
            break;
        case 'n':
            only_names = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            return 1;
        }
    }
    cs_error_t error = cpg_initialize(&cpg, NULL);

    if (error != CS_OK) {
        fprintf(stderr, "Could not initialize corosync cpg API error %u\n", error);
        return 1;
    }
    error = corosync_cfg_initialize(&cfg, NULL);
    if (error != CS_OK) {
        fprintf(stderr, "Could not initialize corosync configuration API error %u\n", error);
        return 1;
    }
    error = show_all(cpg, only_names, delimiter);
    corosync_cfg_finalize(cfg);
    cpg_finalize(cpg);
    return error == CS_OK ? 0 : 1;
}
