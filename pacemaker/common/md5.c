/* MD5 (RFC 1321). */
#include "config.h"

#include "pacemaker/common/md5.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pacemaker/common/xml.h"

/* floor(2^32 * abs(sin(i + 1))) */
static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static const unsigned char shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static uint32_t rotate(uint32_t value, unsigned bits)
{
    return (value << bits) | (value >> (32 - bits));
}

static uint32_t load_le(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* One step's mixing function and the index of the input word it takes. */
static uint32_t mix(unsigned i, const uint32_t s[4], unsigned *word)
{
    switch (i / 16) {
        case 0:
            *word = i;
            return (s[1] & s[2]) | (~s[1] & s[3]);
        case 1:
            *word = (5 * i + 1) % 16;
            return (s[3] & s[1]) | (~s[3] & s[2]);
        case 2:
            *word = (3 * i + 5) % 16;
            return s[1] ^ s[2] ^ s[3];
        default:
            *word = (7 * i) % 16;
            return s[2] ^ (s[1] | ~s[3]);
    }
}

static void transform(uint32_t state[4], const unsigned char *block)
{
    uint32_t words[16];
    uint32_t s[4] = {state[0], state[1], state[2], state[3]};

    for (unsigned i = 0; i < 16; i++) {
        words[i] = load_le(block + 4 * i);
    }
    for (unsigned i = 0; i < 64; i++) {
        unsigned word = 0;
        uint32_t f = mix(i, s, &word) + s[0] + sines[i] + words[word];

        s[0] = s[3];
        s[3] = s[2];
        s[2] = s[1];
        s[1] += rotate(f, shifts[i / 16][i % 4]);
    }
    for (unsigned i = 0; i < 4; i++) {
        state[i] += s[i];
    }
}

void md5_init(struct md5 *md5)
{
    *md5 = (struct md5){.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}};
}

void md5_update(struct md5 *md5, const void *data, size_t length)
{
    const unsigned char *p = data;
    size_t used = md5->length % 64;

    md5->length += length;
    while (length > 0) {
        size_t n = 64 - used < length ? 64 - used : length;

        if (used == 0 && n == 64) {
            transform(md5->state, p);
        } else {
            memcpy(md5->block + used, p, n);
            if (used + n == 64) {
                transform(md5->state, md5->block);
            }
        }
        used = (used + n) % 64;
        p += n;
        length -= n;
    }
}

void md5_final(struct md5 *md5, unsigned char digest[16])
{
    static const unsigned char padding[64] = {0x80};
    uint64_t bits = md5->length * 8;
    size_t used = md5->length % 64;
    unsigned char tail[8];

    for (unsigned i = 0; i < 8; i++) {
        tail[i] = (unsigned char)(bits >> (8 * i));
    }
    md5_update(md5, padding, used < 56 ? 56 - used : 120 - used);
    md5_update(md5, tail, sizeof(tail));
    for (unsigned i = 0; i < 16; i++) {
        digest[i] = (unsigned char)(md5->state[i / 4] >> (8 * (i % 4)));
    }
}

char *md5_hex(const void *data, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    struct md5 md5;
    unsigned char digest[16];
    char *hex = malloc(33);

    if (hex == NULL) {
        return NULL;
    }
    md5_init(&md5);
    md5_update(&md5, data, length);
    md5_final(&md5, digest);
    for (unsigned i = 0; i < 16; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[32] = '\0';
    return hex;
}
