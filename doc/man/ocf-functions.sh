# For meta-data at build time: what agents need of the OCF functions where resource-agents is not installed.
HA_RSCTMP=/run/resource-agents
OCF_SUCCESS=0 OCF_ERR_GENERIC=1 OCF_ERR_ARGS=2 OCF_ERR_UNIMPLEMENTED=3 OCF_ERR_PERM=4 OCF_ERR_INSTALLED=5
OCF_ERR_CONFIGURED=6 OCF_NOT_RUNNING=7
ocf_is_true() { case "${1-}" in yes | true | 1 | on) true ;; *) false ;; esac; }
ocf_log() { :; }
ocf_exit_reason() { :; }
