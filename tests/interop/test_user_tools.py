#!/usr/bin/env python3
"""Our crm_resource, crm_verify and crm_diff as crmsh and pcs call them, beside Debian's: the same output,
exit status and CIB afterwards.

Speaks TAP."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import test_tool_output as common  # noqa: E402
from test_tool_output import HEAD, compare  # noqa: E402

OPTIONS = ('<crm_config><cluster_property_set id="c"><nvpair id="o1" name="stonith-enabled" value="false"/>'
           '</cluster_property_set></crm_config>')
NODES = '<nodes><node id="1" uname="node1"/><node id="2" uname="node2"/></nodes>'
DUMMY = 'class="ocf" provider="pacemaker" type="Dummy"'
CONSTRAINTS = ('<constraints><rsc_location id="l" rsc="d1" node="node1" score="100"/>'
               '<rsc_colocation id="co" rsc="d2" with-rsc="d1" score="INFINITY"/></constraints>')


def operation(rsc, task, call, rc):
    key = f'1:1:{rc}:01234567-89ab-cdef-0123-456789abcdef'
    return (f'<lrm_resource id="{rsc}" {DUMMY}><lrm_rsc_op id="{rsc}_last_0" operation_key="{rsc}_{task}_0" '
            f'operation="{task}" crm-debug-origin="x" crm_feature_set="3.16.1" transition-key="{key}" '
            f'transition-magic="0:{rc};{key}" call-id="{call}" rc-code="{rc}" op-status="0" interval="0" '
            'last-rc-change="1600000000" exec-time="0" queue-time="0" '
            'op-digest="f2317cad3d54cec5d7d7aa7d0bf35cf8"/></lrm_resource>')


def state(node, operations):
    return (f'<node_state id="{node}" uname="node{node}" in_ccm="true" crmd="online" join="member" '
            f'expected="member"><lrm id="{node}"><lrm_resources>{operations}</lrm_resources></lrm>'
            '</node_state>')


CIB = (HEAD % 'pacemaker-3.9').replace('<cib ', '<cib have-quorum="1" dc-uuid="1" ') + OPTIONS + NODES + (
    f'<resources><primitive id="d1" {DUMMY}/><primitive id="d2" {DUMMY}>'
    '<instance_attributes id="d2-instance_attributes"><nvpair id="d2-old" name="old" value="1"/>'
    f'</instance_attributes></primitive><clone id="cl"><primitive id="c1" {DUMMY}/></clone></resources>') + (
    CONSTRAINTS + '</configuration><status>') + \
    state(1, ''.join(operation(rsc, 'start', 5, 0) for rsc in ('d1', 'd2', 'c1'))) + \
    state(2, operation('d1', 'monitor', 1, 7) + operation('d2', 'monitor', 2, 7) +
          operation('c1', 'start', 5, 0)) + '</status></cib>'


def words(text):
    return [line.split() for line in text.replace('\n', '|').split('|')]


def resource():
    compare('crm_resource', 'looking', words('''-L|-L --output-as=xml|-l|-O|-o|-q -r d1|-w -r d1
-q -r d2 --output-as=xml|-W -r d1|-W -r nosuch|--why|--why -r d1|--why --output-as=xml
--constraints -r d1|--constraints -r d2|-A -r d1|-a -r d2|--constraints -r d1 --output-as=xml'''), CIB)
    compare('crm_resource', 'moving', words('''--move -r d1 -N node2|--move -r d1 -N node1|--move -r d1
--move -r nosuch|--move -r d1 -N nosuch|--ban -r d1 -N node1|--ban -r d1
--ban -r d1 -N nosuch|--move -r d1 -f'''), CIB)
    compare('crm_resource', 'parameters', words('''-r d2 -p new -v 5
-r d2 -p old -v 5|-r d2 -d old|-r d2 -g old
-r d2 -m -p priority -v 5|-r d2 -g nosuch|-r d2 -z -p cpu -v 2|-r d2 -d nosuch'''), CIB)
    compare('crm_resource', 'running an agent that is not installed', words('''--force-check -r d1
--validate -r d1
--force-check -r d1 --output-as=xml|--force-start -r cl|--force-start -r nosuch
--show-metadata ocf:pacemaker:nosuch|--show-metadata ocf:pacemaker:nosuch --output-as=xml'''), CIB)
    refused = words('-D -t primitive -r nosuch|-F -r d1|-p x -r d1|-D -r d1')
    compare('crm_resource', 'refusals', refused, CIB)


def verify():
    broken = CIB.replace('rsc="d1" node', 'rsc="nosuch" node'), CIB.replace('score="100"', 'score="x"')
    options = [['-X', cib] + more for cib in (CIB, *broken, '<x/>') for more in ([], ['-V'], ['-VV'])]
    compare('crm_verify', 'what is shown at -V and -VV', options + [['-X', 'x']])


def diff():
    other = CIB.replace('score="100"', 'score="200"').replace('epoch="1"', 'epoch="7"')
    pairs = [['-O', CIB, '-N', cib] for cib in (CIB, other)]
    compare('crm_diff', 'two texts', [pair + more for pair in pairs for more in ([], ['-u'], ['-c'])])


def main():
    common.find_oracle()
    if common.oracle is None:
        print("1..0 # SKIP Debian's packages cannot be had")
        return
    resource()
    verify()
    diff()
    print(f'1..{common.number}')


main()
