/* crm_mon on a terminal: drawing and keys, with curses. */
#include "config.h"
#include "tools/crm_mon.h"

#include <curses.h>
#include <string.h>

void mon_screen_open(void)
{
    initscr();
    cbreak();
    noecho();
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    curs_set(0);
}

void mon_screen_close(void)
{
    if (!isendwin()) {
        endwin();
    }
}

void mon_screen_draw(const char *text)
{
    int row = 0;

    erase();
    while (*text != '\0' && row < LINES) {
        size_t length = strcspn(text, "\n");

        mvaddnstr(row++, 0, text, (int)length);
        text += length;
        text += *text == '\n';
    }
    refresh();
}

int mon_screen_key(void)
{
    int key = getch();

    /* a resize redraws, like any unknown key */
    return key == ERR ? 0 : key == KEY_RESIZE ? 'L' - '@' : key;
}

const char *mon_keys_help(void)
{
    return "Display option change mode\n\n"
           "m: fence-history   c: tickets      f: failcounts   n: group-by-node\n"
           "o: operations      r: inactive     t: timing       A: attributes\n"
           "L: neg-locations   D: summary      R: show-detail  b: brief   j: pending\n\n"
           "Press a key; any other key returns to the display.\n";
}
