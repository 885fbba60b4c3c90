# Tests that belong to no single folder
TESTS += tests/check-pure.sh tests/check-style.sh
dist_check_SCRIPTS += tests/check-pure.sh tests/check-style.sh
EXTRA_DIST += tests/check-pure.forbidden
# the longest first, since two run at a time
LAB_TESTS += tests/lab/test_shell_commands.py tests/lab/test_with_debian.py tests/lab/test_remote.py \
    tests/lab/test_fencing.py tests/lab/test_first_cluster.py tests/lab/test_migration.py tests/lab/chaos.py \
    tests/lab/test_bundle.py tests/lab/test_guest.py
EXTRA_DIST += tests/lab/lab tests/lab/lab.py tests/lab/cluster.py tests/lab/demo.py tests/lab/mixes.py tests/lab/tap.py tests/lab/power.py \
    tests/lab/agents/fence_lab tests/lab/agents/Ledger tests/lab/agents/Chaos tests/lab/agents/VirtualHost tests/lab/agents/podman \
    $(LAB_TESTS)
LONG_TESTS += tests/long.sh
EXTRA_DIST += tests/long.sh tests/prepare.sh
