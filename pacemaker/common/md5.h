/* MD5 (RFC 1321), as the digests of pacemaker's formats need it; not for security. */
#ifndef PCMK_MD5_H
#define PCMK_MD5_H

#include <stddef.h>
#include <stdint.h>

struct md5 {
    uint32_t state[4];
    uint64_t length;            /* bytes fed so far */
    unsigned char block[64];    /* the unfinished block */
};

void md5_init(struct md5 *md5);
void md5_update(struct md5 *md5, const void *data, size_t length);
void md5_final(struct md5 *md5, unsigned char digest[16]);

#endif
