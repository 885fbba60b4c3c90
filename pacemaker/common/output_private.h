/* State of an output_t; private to pacemaker/common. */
#ifndef PCMK_OUTPUT_PRIVATE_H
#define PCMK_OUTPUT_PRIVATE_H

#include <glib.h>
#include "pacemaker/common/output.h"

struct output_list {
    unsigned count;
    char *noun, *nouns;         /* NULL = the count is not printed */
    xmlNode *outer;             /* current parent before the list; NULL when the list made no element */
};

struct output_private {
    char *request;
    xmlNode *root, *current;    /* xml and html; NULL otherwise */
    GPtrArray *errors;          /* texts */
    struct output_list lists[OUTPUT_MAX_DEPTH];
    unsigned depth;
};

#endif
