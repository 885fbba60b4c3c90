/* bzip2 as the messages between daemons use it: block size 4, work factor 20 (messaging.md §1.4, §2.4). Pure.
 */
#ifndef PCMK_BZ_H
#define PCMK_BZ_H

#include <stddef.h>

/* Compress into a new buffer of at most limit bytes. 0; -EMSGSIZE when the result is larger than limit;
 * -ENOMEM. */
int bz_compress(const void *data, size_t size, size_t limit, char **out, size_t *out_size);

/* Decompress a stream that must give exactly text_size bytes, the last of them (and none before) a NUL: an
 * XML text as it travels. 0 and the text; -EBADMSG when the stream or its length is wrong. */
int bz_decompress_text(const void *data, size_t size, size_t text_size, char **text);

#endif
