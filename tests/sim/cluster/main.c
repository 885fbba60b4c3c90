/* cluster-sim: command line and report.
 *
 *   cluster-sim [--seed N] [--seeds COUNT] [--story N] [--nodes N] [--trace] [--inputs FOLDER] [--verbose]
 *
 * Runs the stories, then COUNT seeds from N on (the environment's CLUSTER_SIM_SEEDS is a default for COUNT);
 * with --seed only seeds, with --story only that one. Speaks TAP, one test for a story and for ten seeds.
 * What fails is run again and its last events are told. --inputs keeps what the scheduler was given, named by
 * time in ms, node and transition, for crm_simulate -x. */
#include "tests/sim/cluster/cluster.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SEEDS_PER_TEST 10u
#ifdef __SANITIZE_ADDRESS__
#define DEFAULT_SEEDS 10u
#else
#define DEFAULT_SEEDS 70u
#endif

static const char *inputs;
static uint64_t steps, fencings, starts, scheduler_runs, changes, virtual_s;

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
    trace_line(stdout, line);
}

/* What to run: a story, or a seed. */
struct job {
    bool is_story;
    unsigned story, nodes;              /* nodes of a seed, 0 = as the seed has it */
    uint64_t seed;
};

/* trail (may be NULL) gets what the run's events hash to. */
static bool run(const struct job *job, bool trace, char *reason, size_t size, uint64_t *trail)
{
    struct sim *s = calloc(1, sizeof *s);
    struct world *c = calloc(1, sizeof *c);
    bool ok;

    assert(s != NULL && c != NULL);
    s->seed = job->seed;
    s->trace = trace;
    c->inputs = inputs;
    cluster_init(c, s, job->nodes);
    ok = job->is_story ? story_run(c, job->story) : scenario_seed(c);
    g_strlcpy(reason, s->reason, size);
    if (trail != NULL) {
        *trail = c->trail;
    }
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

static const char *job_name(const struct job *job)
{
    static char name[64];

    if (job->is_story) {
        return stories_name(job->story);
    }
    snprintf(name, sizeof name, "seed %llu", (unsigned long long)job->seed);
    return name;
}

static void report_failure(const struct job *job, const char *reason)
{
    char again[512];

    printf("# %s: %s\n", job_name(job), reason);
    trace_keep(true);
    run(job, true, again, sizeof again, NULL);
    trace_keep(false);
    trace_tell();
    printf("# %s: %s%s\n", job_name(job), again,
           strcmp(again, reason) == 0 ? "" : " (NOT the same when run again)");
    if (job->is_story) {
        printf("# again: cluster-sim --story %u --trace\n", job->story);
    } else {
        printf("# again: cluster-sim --seed %llu --seeds 1 --nodes %u --trace\n",
               (unsigned long long)job->seed, job->nodes);
    }
}

static bool run_and_report(const struct job *job, bool trace)
{
    static unsigned failures;
    char reason[512];

    if (run(job, trace, reason, sizeof reason, NULL)) {
        return true;
    }
    if (trace || ++failures > 3) {
        printf("# %s: %s\n", job_name(job), reason);
    } else {
        report_failure(job, reason);
    }
    return false;
}

static bool run_story(unsigned story, unsigned test, bool trace)
{
    struct job job = {.is_story = true, .story = story, .nodes = stories_nodes(story), .seed = story + 1};
    bool ok = run_and_report(&job, trace);

    printf("%sok %u - %s\n", ok ? "" : "not ", test, stories_name(story));
    fflush(stdout);
    return ok;
}

static bool run_twice(uint64_t seed, unsigned nodes, unsigned test)
{
    struct job job = {.nodes = nodes, .seed = seed};
    uint64_t first = 0, second = 0;
    char reason[512];

    run(&job, false, reason, sizeof reason, &first);
    run(&job, false, reason, sizeof reason, &second);
    printf("%sok %u - a seed replays exactly\n", first == second ? "" : "not ", test);
    return first == second;
}

static bool run_seeds(uint64_t first, uint64_t last, unsigned nodes, unsigned test, bool trace)
{
    bool ok = true;

    for (uint64_t seed = first; seed <= last; seed++) {
        struct job job = {.nodes = nodes, .seed = seed};

        ok = run_and_report(&job, trace) && ok;
    }
    printf("%sok %u - seeds %llu to %llu\n", ok ? "" : "not ", test, (unsigned long long)first,
           (unsigned long long)last);
    fflush(stdout);
    return ok;
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
    uint64_t first, count, nodes, story;    /* story UINT64_MAX: all */
    bool trace, verbose, stories_too;
};

static struct options parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"seed", required_argument, NULL, 's'}, {"seeds", required_argument, NULL, 'n'},
        {"nodes", required_argument, NULL, 'N'}, {"story", required_argument, NULL, 'S'},
        {"trace", no_argument, NULL, 't'},
        {"inputs", required_argument, NULL, 'i'}, {"verbose", no_argument, NULL, 'v'}, {NULL, 0, NULL, 0},
    };
    const char *env = getenv("CLUSTER_SIM_SEEDS");
    struct options o = {.first = 1, .story = UINT64_MAX, .stories_too = true,
                        .count = env != NULL ? number(env, "CLUSTER_SIM_SEEDS") : DEFAULT_SEEDS};
    int option;

    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (option) {
        case 's':
            o.first = number(optarg, "--seed");
            o.stories_too = false;
            break;
        case 'S': o.story = number(optarg, "--story"); break;
        case 'n': o.count = number(optarg, "--seeds"); break;
        case 'N': o.nodes = number(optarg, "--nodes"); break;
        case 'i': inputs = optarg; break;
        case 't': o.trace = true; break;
        case 'v': o.verbose = true; break;
        default: o.nodes = HOSTS_MAX + 1; break;
        }
    }
    if (o.nodes > HOSTS_MAX || o.nodes == 1 || optind < argc
        || (o.story != UINT64_MAX && o.story >= stories_count())) {
        fprintf(stderr, "usage: cluster-sim [--seed N] [--seeds COUNT] [--story N] [--nodes 2..16]\n"
                        "                   [--trace] [--inputs FOLDER] [--verbose]\n");
        exit(2);
    }
    return o;
}

static bool run_all(const struct options *o)
{
    unsigned test = 0, stories = o->stories_too ? stories_count() : 0;
    bool all = true;

    printf("1..%llu\n", (unsigned long long)(stories + (stories > 0)
                                             + (o->count + SEEDS_PER_TEST - 1) / SEEDS_PER_TEST));
    for (unsigned story = 0; story < stories; story++) {
        all = run_story(story, ++test, o->trace) && all;
    }
    if (stories > 0) {
        all = run_twice(o->first, (unsigned)o->nodes, ++test) && all;
    }
    for (uint64_t seed = o->first; seed < o->first + o->count; seed += SEEDS_PER_TEST) {
        uint64_t last = MIN(seed + SEEDS_PER_TEST, o->first + o->count) - 1;

        all = run_seeds(seed, last, (unsigned)o->nodes, ++test, o->trace) && all;
    }
    return all;
}

int main(int argc, char **argv)
{
    struct options o = parse_options(argc, argv);
    bool all;

    if (o.story != UINT64_MAX) {
        printf("1..1\n");
        all = run_story((unsigned)o.story, 1, o.trace);
    } else {
        all = run_all(&o);
    }
    if (o.verbose) {
        printf("# %llu events, %llu s of virtual time, %llu service starts, %llu fencings, %llu schedules, "
               "%llu changes, %.1f s\n", (unsigned long long)steps, (unsigned long long)virtual_s,
               (unsigned long long)starts, (unsigned long long)fencings, (unsigned long long)scheduler_runs,
               (unsigned long long)changes, (double)clock() / CLOCKS_PER_SEC);
    }
    return !all;
}
