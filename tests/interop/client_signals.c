/* Connects to every service of corosync while signals arrive all the time; prints each call that fails. */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <corosync/cfg.h>
#include <corosync/cmap.h>
#include <corosync/cpg.h>
#include <corosync/quorum.h>
#include <corosync/votequorum.h>

enum { ROUNDS = 100 };

static volatile sig_atomic_t signals;

static void on_signal(int signo)
{
    signals++;
}

static int failed(const char *call, cs_error_t rc)
{
    if (rc != CS_OK) {
        printf("%s: %s\n", call, cs_strerror(rc));
        return 1;
    }
    return 0;
}

static int connect_to_all(void)
{
    cpg_handle_t cpg;
    cmap_handle_t cmap;
    corosync_cfg_handle_t cfg;
    quorum_handle_t quorum;
    votequorum_handle_t votes;
    uint32_t type = 0;
    unsigned int node = 0;
    int bad = 0;

    bad += failed("cpg_initialize", cpg_initialize(&cpg, NULL));
    bad += failed("cmap_initialize", cmap_initialize(&cmap));
    bad += failed("corosync_cfg_initialize", corosync_cfg_initialize(&cfg, NULL));
    bad += failed("quorum_initialize", quorum_initialize(&quorum, NULL, &type));
    bad += failed("votequorum_initialize", votequorum_initialize(&votes, NULL));
    if (bad > 0) {
        return bad;
    }
    bad += failed("cpg_local_get", cpg_local_get(cpg, &node));
    bad += failed("cpg_finalize", cpg_finalize(cpg));
    bad += failed("cmap_finalize", cmap_finalize(cmap));
    bad += failed("corosync_cfg_finalize", corosync_cfg_finalize(cfg));
    bad += failed("quorum_finalize", quorum_finalize(quorum));
    bad += failed("votequorum_finalize", votequorum_finalize(votes));
    return bad;
}

/* A process that signals its parent without end. */
static pid_t start_storm(void)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (kill(parent, SIGUSR1) == 0) {
            usleep(50);
        }
        _exit(1);
    }
    return pid;
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    int bad = 0;

    sigaction(SIGUSR1, &action, NULL);
    pid_t storm = start_storm();

    for (int i = 0; i < ROUNDS && bad < 10; i++) {
        bad += connect_to_all();
    }
    kill(storm, SIGKILL);
    waitpid(storm, NULL, 0);
    printf("%d signals\n", (int)signals);
    return bad > 0 || signals < ROUNDS;
}
