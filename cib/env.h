/* The real world for struct cib_env: schemas, clocks, the group database. */
#ifndef CIB_ENV_H
#define CIB_ENV_H

#include "cib/perform.h"

/* Fill the hooks. verbose: the validator's messages go to stderr instead of the log. */
void cib_env_init(struct cib_env *env, bool verbose);

#endif
