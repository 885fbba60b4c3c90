/* A narration: tests append lines and compare the whole with the text they expect. SHOW_STORY=1 prints it. */
#ifndef TESTS_STORY_H
#define TESTS_STORY_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct story {
    char text[65536];
    size_t length;
};

static inline void __attribute__((format(printf, 2, 3), unused))
tell(struct story *story, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int n = vsnprintf(story->text + story->length, sizeof(story->text) - story->length, fmt, args);
    va_end(args);
    if (n > 0) {
        story->length += (size_t)n;
        if (story->length + 2 < sizeof(story->text)) {
            story->text[story->length++] = '\n';
            story->text[story->length] = '\0';
        } else {
            story->length = sizeof(story->text) - 2;
        }
    }
}

static inline void __attribute__((unused)) forget(struct story *story)
{
    story->length = 0;
    story->text[0] = '\0';
}

/* Compare and begin anew. */
static inline void __attribute__((unused)) expect_story(struct story *story, const char *expected)
{
    if (getenv("SHOW_STORY") != NULL) {
        fprintf(stderr, "%s--\n", story->text);
    } else {
        assert_string_equal(story->text, expected);
    }
    forget(story);
}

#endif
