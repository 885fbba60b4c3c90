/*
 * totem-sim: command line and report.
 *
 *   totem-sim [--seed N] [--seeds COUNT] [--nodes N] [--trace] [--verbose]
 *
 * Runs COUNT seeds from N on (default: 1000 from 1). Speaks TAP, one test a hundred seeds. A seed that fails is run
 * again with its story on standard output.
 */
#include "sim.h"

#include <getopt.h>
#include <stdarg.h>
#include <time.h>

#define SEEDS_PER_TEST  100
#define STORY_LINES     3000            /* of a failed seed's story, the last ones are shown */

/* The story of a failed seed: a ring of lines. */
static char *story[STORY_LINES];
static unsigned long story_n;
static bool keep_story;

static void say(struct sim *s, const char *line)
{
    if (!keep_story) {
        fprintf(s->out, "# %s\n", line);
        return;
    }
    free(story[story_n % STORY_LINES]);
    story[story_n % STORY_LINES] = strdup(line);
    story_n++;
}

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

void sim_note(struct sim *s, const struct sim_node *n, const char *format, ...)
{
    char line[2048];
    int used;
    va_list ap;

    if (!s->trace) {
        return;
    }
    used = snprintf(line, sizeof(line), "[%10.3f] ", (double) s->now / SIM_MS);
    used += n == NULL ? snprintf(line + used, sizeof(line) - (size_t) used, " - ")
                      : snprintf(line + used, sizeof(line) - (size_t) used, "%2u ", n->id);
    va_start(ap, format);
    vsnprintf(line + used, sizeof(line) - (size_t) used, format, ap);
    va_end(ap);
    say(s, line);
}

void sim_fail(struct sim *s, const struct sim_node *n, const char *format, ...)
{
    va_list ap;
    int used;

    if (s->failed) {
        return;
    }
    s->failed = true;
    used = snprintf(s->reason, sizeof(s->reason), "at %.3f ms", (double) s->now / SIM_MS);
    if (n != NULL) {
        used += snprintf(s->reason + used, sizeof(s->reason) - (size_t) used, ", node %u", n->id);
    }
    used += snprintf(s->reason + used, sizeof(s->reason) - (size_t) used, ": ");
    va_start(ap, format);
    vsnprintf(s->reason + used, sizeof(s->reason) - (size_t) used, format, ap);
    va_end(ap);
    sim_note(s, NULL, "VIOLATED %s", s->reason);
}

/* Totals over all seeds, for --verbose. */
static uint64_t total_steps, total_messages, total_deliveries, total_frames, total_syncs;

static bool run_seed(uint64_t seed, unsigned nodes, bool trace, char *reason, size_t size)
{
    struct sim *s = calloc(1, sizeof(*s));
    bool ok;

    assert(s != NULL);
    s->seed = seed;
    s->trace = trace;
    s->out = stdout;
    scenario_setup(s, nodes);
    ok = scenario_run(s);
    snprintf(reason, size, "%s", s->reason);
    total_steps += s->steps;
    total_messages += s->n_messages;
    total_frames += s->frames;
    for (unsigned i = 0; i < s->n_nodes; i++) {
        total_deliveries += s->node[i].delivered_count;
        total_syncs += s->node[i].syncs;
    }
    check_free(s);
    free(s);
    return ok;
}

static void report_failure(uint64_t seed, unsigned nodes, const char *reason)
{
    char again[512];

    printf("# seed %llu: %s\n", (unsigned long long) seed, reason);
    keep_story = true;
    run_seed(seed, nodes, true, again, sizeof(again));
    keep_story = false;
    tell_story();
    printf("# seed %llu: %s%s\n", (unsigned long long) seed, again,
           strcmp(again, reason) == 0 ? "" : " (NOT the same when run again)");
    if (nodes > 0) {
        printf("# again: totem-sim --seed %llu --seeds 1 --trace --nodes %u\n", (unsigned long long) seed, nodes);
    } else {
        printf("# again: totem-sim --seed %llu --seeds 1 --trace\n", (unsigned long long) seed);
    }
}

static int run_all(uint64_t first, uint64_t count, unsigned nodes, bool trace)
{
    uint64_t tests = (count + SEEDS_PER_TEST - 1) / SEEDS_PER_TEST, failed = 0;
    char reason[512];

    printf("1..%llu\n", (unsigned long long) tests);
    for (uint64_t test = 0; test < tests; test++) {
        uint64_t from = first + test * SEEDS_PER_TEST, bad = 0;
        uint64_t to = from + SEEDS_PER_TEST < first + count ? from + SEEDS_PER_TEST : first + count;

        for (uint64_t seed = from; seed < to; seed++) {
            if (!run_seed(seed, nodes, trace, reason, sizeof(reason))) {
                bad++;
                if (failed + bad <= 3) {
                    report_failure(seed, nodes, reason);
                } else {
                    printf("# seed %llu: %s\n", (unsigned long long) seed, reason);
                }
            }
        }
        printf("%sok %llu - seeds %llu to %llu\n", bad > 0 ? "not " : "", (unsigned long long) (test + 1),
               (unsigned long long) from, (unsigned long long) (to - 1));
        fflush(stdout);
        failed += bad;
    }
    return failed > 0;
}

static uint64_t number(const char *text, const char *what)
{
    char *end;
    uint64_t n = strtoull(text, &end, 10);

    if (end == text || *end != '\0') {
        fprintf(stderr, "totem-sim: %s: not a number: %s\n", what, text);
        exit(2);
    }
    return n;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'}, {"seeds", required_argument, NULL, 'n'},
        {"nodes", required_argument, NULL, 'N'}, {"trace", no_argument, NULL, 't'},
        {"verbose", no_argument, NULL, 'v'}, {NULL, 0, NULL, 0},
    };
    const char *env = getenv("SIM_SEEDS");
    uint64_t first = 1, count = env == NULL ? 1000 : number(env, "SIM_SEEDS");
    unsigned nodes = 0;
    bool trace = false, verbose = false;
    int c, rc;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 's':
            first = number(optarg, "--seed");
            break;
        case 'n':
            count = number(optarg, "--seeds");
            break;
        case 'N':
            nodes = (unsigned) number(optarg, "--nodes");
            break;
        case 't':
            trace = true;
            break;
        case 'v':
            verbose = true;
            break;
        default:
            fprintf(stderr, "usage: totem-sim [--seed N] [--seeds COUNT] [--nodes N] [--trace] [--verbose]\n");
            return 2;
        }
    }
    if (nodes > SIM_MAX_NODES) {
        fprintf(stderr, "totem-sim: --nodes: at most %d\n", SIM_MAX_NODES);
        return 2;
    }
    rc = run_all(first, count, nodes, trace);
    if (verbose) {
        printf("# %llu steps, %llu frames, %llu messages, %llu deliveries, %llu synchronisations, %.1f s\n",
               (unsigned long long) total_steps, (unsigned long long) total_frames,
               (unsigned long long) total_messages, (unsigned long long) total_deliveries,
               (unsigned long long) total_syncs, (double) clock() / CLOCKS_PER_SEC);
    }
    return rc;
}
