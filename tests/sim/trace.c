/*
 * The story of a run: printed as it goes, or kept to tell the end of it when
 * a seed has failed; and the failure.
 */
#include "sim.h"

#include <stdarg.h>

#define STORY_LINES     3000            /* kept, the last ones */

static char *story[STORY_LINES];
static unsigned long story_n;
static bool keeping;

void trace_keep(bool keep)
{
    keeping = keep;
}

void trace_line(FILE *out, const char *line)
{
    if (!keeping) {
        fprintf(out, "# %s\n", line);
        return;
    }
    free(story[story_n % STORY_LINES]);
    story[story_n % STORY_LINES] = strdup(line);
    story_n++;
}

void trace_tell(void)
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
