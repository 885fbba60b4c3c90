/* Reading whole input files of the command-line tools. */
#ifndef PCMK_INPUT_H
#define PCMK_INPUT_H

#include <stdio.h>

/* All that a stream holds, as text; NULL when reading fails or it is longer than XML_MAX_BYTES. Freed with
 * free(). */
char *input_read_stream(FILE *stream);

/* All that a file holds; "-" is standard input, and a name ending in .bz2 is unpacked. NULL with errno when
 * it cannot be read, is longer than XML_MAX_BYTES or is not a bzip2 archive. Freed with free(). */
char *input_read_file(const char *path);

#endif
