/* cluster-sim: command line and report.
 *
 *   cluster-sim [--seed N] [--seeds COUNT] [--nodes N] [--trace] [--inputs FOLDER] [--verbose]
 *
 * Runs COUNT seeds from N on (the environment's CLUSTER_SIM_SEEDS is a default for COUNT). Speaks TAP, one test
 * for ten seeds. What fails is run again and its last events are told. --inputs keeps what
 * the scheduler was given, named by time in ms, node and transition, for crm_simulate -x. */
#include "tests/sim/cluster/cluster.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SEEDS_PER_TEST 10u
#ifdef __SANITIZE_ADDRESS__
#define DEFAULT_SEEDS 40u
#else
#define DEFAULT_SEEDS 200u
#endif
#define STORY_LINES 2500u           /* of a failed seed's story, the last ones are shown */

static char *story[STORY_LINES];
static unsigned long story_n;
static bool keep_story;
static const char *inputs;
static uint64_t steps, fencings, starts, scheduler_runs, changes, virtual_s;

static void tell_story(void)
{
    unsigned long from = story_n > STORY_LINES ? story_n - STORY_LINES : 0;

    if (from > 0) {
        printf("# ... %lu lines before (--trace shows them)\n", from);
    }
    for (unsigned long i = from; i < story_n; i++) {
        printf("# %s\n", story[i % STORY_LINES]);
    }
    for (unsigned i = 0; i < STORY_LINES; i++) {
        free(story[i]);
        story[i] = NULL;
    }
    story_n = 0;
}

/* The ring's frames are not told: a line of a daemon or of the world begins its text otherwise. */
static bool of_the_ring(const char *text)
{
    return text[0] == '<' || text[0] == '>' || (text[0] == ' ' && text[1] == ' ');
}

void sim_note(struct sim *s, const struct sim_node *n, const char *format, ...)
{
    char line[2048];
    size_t used;
    va_list ap;

    if (!s->trace) {
        return;
    }
    used = (size_t)snprintf(line, sizeof line, "[%11.3f] ", (double)s->now / SIM_MS);
    used += (size_t)(n == NULL ? snprintf(line + used, sizeof line - used, " - ")
                               : snprintf(line + used, sizeof line - used, "%2u ", n->id));
    va_start(ap, format);
    vsnprintf(line + used, sizeof line - used, format, ap);
    va_end(ap);
    if (of_the_ring(line + used)) {
        return;
    }
    if (!keep_story) {
        printf("# %s\n", line);
        return;
    }
    free(story[story_n % STORY_LINES]);
    story[story_n % STORY_LINES] = strdup(line);
    story_n++;
}

void sim_fail(struct sim *s, const struct sim_node *n, const char *format, ...)
{
    size_t used;
    va_list ap;

    if (s->failed) {
        return;
    }
    s->failed = true;
    used = (size_t)snprintf(s->reason, sizeof s->reason, "at %.3f ms", (double)s->now / SIM_MS);
    if (n != NULL) {
        used += (size_t)snprintf(s->reason + used, sizeof s->reason - used, ", node %u", n->id);
    }
    used += (size_t)snprintf(s->reason + used, sizeof s->reason - used, ": ");
    va_start(ap, format);
    vsnprintf(s->reason + used, sizeof s->reason - used, format, ap);
    va_end(ap);
    sim_note(s, NULL, "VIOLATED %s", s->reason);
}

static bool run(uint64_t seed, unsigned nodes, bool trace, char *reason, size_t size)
{
    struct sim *s = calloc(1, sizeof *s);
    struct world *c = calloc(1, sizeof *c);
    bool ok;

    assert(s != NULL && c != NULL);
    s->seed = seed;
    s->trace = trace;
    c->inputs = inputs;
    cluster_init(c, s, nodes);
    ok = scenario_seed(c);
    g_strlcpy(reason, s->reason, size);
    steps += s->steps;
    fencings += c->fencings;
    starts += c->starts;
    scheduler_runs += c->scheduler_runs;
    changes += c->changes->len;
    virtual_s += s->now / SIM_SECOND;
    s->trace = false;
    cluster_end(c);
    check_free(s);
    free(c);
    free(s);
    return ok;
}

static void report_failure(uint64_t seed, unsigned nodes, const char *reason)
{
    char again[512];

    printf("# seed %llu: %s\n", (unsigned long long)seed, reason);
    keep_story = true;
    run(seed, nodes, true, again, sizeof again);
    keep_story = false;
    tell_story();
    printf("# seed %llu: %s%s\n", (unsigned long long)seed, again,
           strcmp(again, reason) == 0 ? "" : " (NOT the same when run again)");
    printf("# again: cluster-sim --seed %llu --seeds 1 --nodes %u --trace\n", (unsigned long long)seed, nodes);
}

static bool run_and_report(uint64_t seed, unsigned nodes, bool trace)
{
    static unsigned failures;
    char reason[512];

    if (run(seed, nodes, trace, reason, sizeof reason)) {
        return true;
    }
    if (trace || ++failures > 3) {
        printf("# seed %llu: %s\n", (unsigned long long)seed, reason);
    } else {
        report_failure(seed, nodes, reason);
    }
    return false;
}

static uint64_t number(const char *text, const char *what)
{
    char *end;
    uint64_t n = strtoull(text, &end, 10);

    if (end == text || *end != '\0') {
        fprintf(stderr, "cluster-sim: %s: not a number: %s\n", what, text);
        exit(2);
    }
    return n;
}

struct options {
    uint64_t first, count, nodes;
    bool trace, verbose;
};

static struct options parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"seed", required_argument, NULL, 's'}, {"seeds", required_argument, NULL, 'n'},
        {"nodes", required_argument, NULL, 'N'}, {"trace", no_argument, NULL, 't'},
        {"inputs", required_argument, NULL, 'i'}, {"verbose", no_argument, NULL, 'v'}, {NULL, 0, NULL, 0},
    };
    const char *env = getenv("CLUSTER_SIM_SEEDS");
    struct options o = {.first = 1, .count = env != NULL ? number(env, "CLUSTER_SIM_SEEDS") : DEFAULT_SEEDS};
    int option;

    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (option) {
        case 's': o.first = number(optarg, "--seed"); break;
        case 'n': o.count = number(optarg, "--seeds"); break;
        case 'N': o.nodes = number(optarg, "--nodes"); break;
        case 'i': inputs = optarg; break;
        case 't': o.trace = true; break;
        case 'v': o.verbose = true; break;
        default: o.nodes = HOSTS_MAX + 1; break;
        }
    }
    if (o.nodes > HOSTS_MAX || o.nodes == 1 || optind < argc) {
        fprintf(stderr, "usage: cluster-sim [--seed N] [--seeds COUNT] [--nodes 2..16] [--trace] [--inputs FOLDER]\n"
                        "                   [--verbose]\n");
        exit(2);
    }
    return o;
}

int main(int argc, char **argv)
{
    struct options o = parse_options(argc, argv);
    unsigned test = 0;
    bool all = true;

    printf("1..%llu\n", (unsigned long long)((o.count + SEEDS_PER_TEST - 1) / SEEDS_PER_TEST));
    for (uint64_t seed = o.first; seed < o.first + o.count; seed += SEEDS_PER_TEST) {
        uint64_t last = MIN(seed + SEEDS_PER_TEST, o.first + o.count) - 1;
        bool ok = true;

        for (uint64_t i = seed; i <= last; i++) {
            ok = run_and_report(i, (unsigned)o.nodes, o.trace) && ok;
        }
        printf("%sok %u - seeds %llu to %llu\n", ok ? "" : "not ", ++test, (unsigned long long)seed,
               (unsigned long long)last);
        fflush(stdout);
        all = all && ok;
    }
    if (o.verbose) {
        printf("# %llu events, %llu s of virtual time, %llu service starts, %llu fencings, %llu schedules, "
               "%llu changes, %.1f s\n", (unsigned long long)steps, (unsigned long long)virtual_s,
               (unsigned long long)starts, (unsigned long long)fencings, (unsigned long long)scheduler_runs,
               (unsigned long long)changes, (double)clock() / CLOCKS_PER_SEC);
    }
    return !all;
}
