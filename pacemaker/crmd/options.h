/* The controller's cluster options as described by its metadata. */
#ifndef PCMK_CRMD_OPTIONS_H
#define PCMK_CRMD_OPTIONS_H

#include <stddef.h>
#include "pacemaker/common/daemon.h"

extern const struct option_def crmd_options[];
extern const size_t crmd_options_count;

#endif
