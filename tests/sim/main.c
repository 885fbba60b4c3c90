/*
 * totem-sim: command line and report.
 *
 *   totem-sim [--seed N] [--seeds COUNT] [--nodes N] [--pain N] [--trace] [--verbose]
 *
 * Runs the known pains, then COUNT seeds from N on (default: 5000 from 1, 1000 with sanitizers; the
 * environment's SIM_SEEDS is another default for COUNT). With --seed only seeds, with --pain only that one.
 * Speaks TAP, one test a pain and a hundred seeds. What fails is run again with its story on standard output.
 */
#include "sim.h"

#include <getopt.h>
#include <stdarg.h>
#include <time.h>

#define SEEDS_PER_TEST  100
#ifdef __SANITIZE_ADDRESS__
#define DEFAULT_SEEDS   1000            /* several times slower with sanitizers */
#else
#define DEFAULT_SEEDS   5000
#endif

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
    trace_line(s->out, line);
}

/* Totals over all seeds, for --verbose. */
static uint64_t total_steps, total_messages, total_deliveries, total_frames, total_syncs;

/* What to run: a pain, or a seed. */
struct job {
    bool is_pain;
    unsigned pain;
    uint64_t seed;
    unsigned nodes;                     /* of a seed; 0 = as the seed has it */
};

static bool run_job(const struct job *job, bool trace, char *reason, size_t size)
{
    struct sim *s = calloc(1, sizeof(*s));
    bool ok;

    assert(s != NULL);
    s->seed = job->seed;
    s->trace = trace;
    s->out = stdout;
    if (job->is_pain) {
        ok = pains_run(s, job->pain);
    } else {
        scenario_setup(s, job->nodes);
        ok = scenario_run(s);
    }
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

static const char *job_name(const struct job *job)
{
    static char name[64];

    if (job->is_pain) {
        return pains_name(job->pain);
    }
    snprintf(name, sizeof(name), "seed %llu", (unsigned long long) job->seed);
    return name;
}

static void report_failure(const struct job *job, const char *reason)
{
    char again[512];

    printf("# %s: %s\n", job_name(job), reason);
    trace_keep(true);
    run_job(job, true, again, sizeof(again));
    trace_keep(false);
    trace_tell();
    printf("# %s: %s%s\n", job_name(job), again,
           strcmp(again, reason) == 0 ? "" : " (NOT the same when run again)");
    if (job->is_pain) {
        printf("# again: totem-sim --pain %u --trace\n", job->pain);
    } else {
        printf("# again: totem-sim --seed %llu --seeds 1 --nodes %u --trace\n",
               (unsigned long long) job->seed,
               job->nodes);
    }
}

/* Runs a job, its story only for the first few that fail. */
static bool run_and_report(const struct job *job, bool trace)
{
    static unsigned failures;
    char reason[512];

    if (run_job(job, trace, reason, sizeof(reason))) {
        return true;
    }
    if (trace || ++failures > 3) {
        printf("# %s: %s\n", job_name(job), reason);
    } else {
        report_failure(job, reason);
    }
    return false;
}

static bool run_pain(unsigned pain, unsigned test, bool trace)
{
    struct job job = {.is_pain = true, .pain = pain};
    bool ok = run_and_report(&job, trace);

    printf("%sok %u - %s\n", ok ? "" : "not ", test, pains_name(pain));
    fflush(stdout);
    return ok;
}

static bool run_seeds(uint64_t first, uint64_t last, unsigned nodes, unsigned test, bool trace)
{
    bool ok = true;

    for (uint64_t seed = first; seed <= last; seed++) {
        struct job job = {.seed = seed, .nodes = nodes};

        ok = run_and_report(&job, trace) && ok;
    }
    printf("%sok %u - seeds %llu to %llu\n", ok ? "" : "not ", test, (unsigned long long) first,
           (unsigned long long) last);
    fflush(stdout);
    return ok;
}

static bool run_all_pains(unsigned *test, bool trace)
{
    bool ok = true;

    for (unsigned pain = 0; pain < pains_count(); pain++) {
        ok = run_pain(pain, ++*test, trace) && ok;
    }
    return ok;
}

static bool run_all_seeds(uint64_t first, uint64_t count, unsigned nodes, unsigned *test, bool trace)
{
    bool ok = true;

    for (uint64_t seed = first; seed < first + count; seed += SEEDS_PER_TEST) {
        uint64_t last = seed + SEEDS_PER_TEST - 1;

        if (last >= first + count) {
            last = first + count - 1;
        }
        ok = run_seeds(seed, last, nodes, ++*test, trace) && ok;
    }
    return ok;
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

static void usage(void)
{
    fprintf(stderr,
            "usage: totem-sim [--seed N] [--seeds COUNT] [--nodes N] [--pain N] [--trace] [--verbose]\n");
    exit(2);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'}, {"seeds", required_argument, NULL, 'n'},
        {"nodes", required_argument, NULL, 'N'}, {"pain", required_argument, NULL, 'p'},
        {"trace", no_argument, NULL, 't'}, {"verbose", no_argument, NULL, 'v'}, {NULL, 0, NULL, 0},
    };
    const char *env = getenv("SIM_SEEDS");
    uint64_t first = 1, count = env == NULL ? DEFAULT_SEEDS : number(env, "SIM_SEEDS"), nodes = 0,
        pain = UINT64_MAX;
    bool trace = false, verbose = false, pains_too = true, ok = true;
    unsigned test = 0;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 's':
            first = number(optarg, "--seed");
            pains_too = false;
            break;
        case 'n':
            count = number(optarg, "--seeds");
            break;
        case 'N':
            nodes = number(optarg, "--nodes");
            break;
        case 'p':
            pain = number(optarg, "--pain");
            break;
        case 't':
            trace = true;
            break;
        case 'v':
            verbose = true;
            break;
        default:
            usage();
        }
    }
    if (nodes > SIM_MAX_NODES || (pain != UINT64_MAX && pain >= pains_count())) {
        usage();
    }
    if (pain != UINT64_MAX) {
        printf("1..1\n");
        ok = run_pain((unsigned) pain, 1, trace);
    } else {
        printf("1..%llu\n", (unsigned long long) ((pains_too ? pains_count() : 0) +
                                                 (count + SEEDS_PER_TEST - 1) / SEEDS_PER_TEST));
        ok = !pains_too || run_all_pains(&test, trace);
        ok = run_all_seeds(first, count, (unsigned) nodes, &test, trace) && ok;
    }
    if (verbose) {
        printf("# %llu steps, %llu frames, %llu messages, %llu deliveries, %llu synchronisations, %.1f s\n",
               (unsigned long long) total_steps, (unsigned long long) total_frames,
               (unsigned long long) total_messages, (unsigned long long) total_deliveries,
               (unsigned long long) total_syncs, (double) clock() / CLOCKS_PER_SEC);
    }
    return !ok;
}
