/* A quick check of documents against RELAX NG schemas, beside libxml2's validator, which is slow and keeps
 * the verdict and the messages.
 *
 * A schema becomes a deterministic automaton by derivatives ("An algorithm for RELAX NG validation", J.
 * Clark): what may still follow after a piece of the document is a pattern, equal patterns are one number,
 * and each step is calculated once. Files are read and elements expanded when a document first needs them;
 * schemas share what they have in common.
 *
 * Known are the constructs the schemas of the CIB use: element and attribute with a literal name, group,
 * interleave, choice, optional, zeroOrMore, oneOrMore, empty, text in attributes, value, data of ID, IDREF,
 * string (with pattern and except), integer, nonNegativeInteger, positiveInteger and boolean, ref,
 * externalRef, and a definition that lets everything pass. With anything else, and with values that need more
 * thought (blanks at the ends, digits without end), a document is simply not known to be valid. Pure. */
#ifndef CIB_RNG_H
#define CIB_RNG_H

#include <stdbool.h>
#include <libxml/tree.h>

struct rng;

/* The text of a schema file ("pacemaker-3.9.rng"), malloc'ed; NULL: it cannot be read. */
typedef char *(*rng_read_fn)(void *arg, const char *file);

struct rng *rng_new(rng_read_fn read, void *arg);
void rng_free(struct rng *rng); /* NULL allowed */

/* True: doc is valid against the schema in file, also in libxml2's eyes. False: it is not, or that is not
 * known. */
bool rng_surely_valid(struct rng *rng, const char *file, const xmlDoc *doc);

#endif
