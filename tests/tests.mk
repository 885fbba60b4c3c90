# Tests that belong to no single folder
TESTS += tests/check-pure.sh
dist_check_SCRIPTS += tests/check-pure.sh
EXTRA_DIST += tests/check-pure.forbidden
