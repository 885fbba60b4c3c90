"""Small clusters in which one thing is wrong or unusual each, for comparing what is said of them:
INPUTS, by name.

Not here: what makes the reference abort, and numbers without digits (it says which text it could not parse).
"""
import re

NODES = '<nodes><node id="1" uname="a"/><node id="2" uname="b"/></nodes>'
UUID = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
INPUTS = {}


def up(number, name, extra='', lrm=''):
    return (f'<node_state id="{number}" uname="{name}" in_ccm="true" crmd="online" join="member" '
            f'expected="member" {extra}>{lrm}</node_state>')


A_UP, B_UP = up(1, 'a'), up(2, 'b')
STATES = A_UP + B_UP


def dummy(name, inside='', attributes=''):
    return (f'<primitive id="{name}" class="ocf" provider="pacemaker" type="Dummy" {attributes}>{inside}'
            '</primitive>')


ONE, TWO = dummy('r'), dummy('r') + dummy('q')


def pairs(name, values):
    return ''.join(f'<nvpair id="{name}-{n}" name="{n.replace("_", "-")}" value="{v}"/>'
                   for n, v in values.items() if v is not None)


def meta(name, **values):
    return f'<meta_attributes id="{name}-m">{pairs(name + "-m", values)}</meta_attributes>'


def operations(*each):
    return '<operations>' + ''.join(f'<op id="op{k}" {x}/>' for k, x in enumerate(each)) + '</operations>'


def cib(res='', con='', opts={}, st=STATES, nodes=NODES, quorum=1, vw='none', extra=''):
    options = {'stonith_enabled': 'false', **opts}
    return (f'<cib crm_feature_set="3.16.1" validate-with="{vw}" epoch="1" num_updates="0" admin_epoch="0" '
            f'have-quorum="{quorum}"><configuration><crm_config>'
            f'<cluster_property_set id="o">{pairs("o", options)}</cluster_property_set></crm_config>{nodes}'
            f'<resources>{res}</resources><constraints>{con}</constraints>{extra}</configuration>'
            f'<status>{st}</status></cib>')


def history(node, rc, status, extra='', op='monitor', iv=0, idx='r_last_failure_0'):
    """The state of a node where r has one entry"""
    target = 7 if op == 'monitor' and iv == 0 else 0
    entry = (f'<lrm_rsc_op id="{idx}" operation_key="r_{op}_{iv}" operation="{op}" call-id="5" '
             f'rc-code="{rc}" op-status="{status}" interval="{iv}" transition-key="1:1:{target}:{UUID}" '
             f'transition-magic="{status}:{rc};1:1:0:{UUID}" last-rc-change="1600000000" {extra}/>')
    lrm = ('<lrm id="x"><lrm_resources><lrm_resource id="r" class="ocf" provider="pacemaker" type="Dummy">'
           f'{entry}</lrm_resource></lrm_resources></lrm>')
    return up({'a': 1, 'b': 2}[node], node, lrm=lrm)


def started(node):
    return history(node, 0, 0, op='start', idx='r_last_0')


SET = '<resource_set id="s"><resource_ref id="x"/></resource_set>'

# options, meta attributes and operations
INPUTS["nostonith"] = cib(ONE, opts=dict(stonith_enabled=None))
INPUTS["nostonith-nores"] = cib('', opts=dict(stonith_enabled=None))
INPUTS["tr-bad"] = cib(dummy('r', meta('r', target_role='Foo')))
INPUTS["tr-promoted"] = cib(dummy('r', meta('r', target_role='Promoted')))
INPUTS["requires-bad"] = cib(dummy('r', meta('r', requires='foo')))
INPUTS["requires-unf-dev"] = cib('<primitive id="f" class="stonith" type="fence_xvm">' +
                                 meta('f', requires='unfencing') + '</primitive>',
                                 opts=dict(stonith_enabled='true'))
INPUTS["multi-bad"] = cib(dummy('r', meta('r', multiple_active='foo')))
INPUTS["onfail-bad"] = cib(dummy('r', operations('name="monitor" interval="10" on-fail="foo"')))
INPUTS["onfail-standby-stop"] = cib(dummy('r', operations('name="stop" interval="0" on-fail="standby"')))
INPUTS["onfail-demote"] = cib(dummy('r', operations('name="monitor" interval="10" on-fail="demote"')))
INPUTS["nq-suicide"] = cib(ONE, opts=dict(no_quorum_policy='suicide'), quorum=0)
INPUTS["nq-stop"] = cib(ONE, quorum=0)
INPUTS["nq-demote"] = cib(ONE, opts=dict(no_quorum_policy='demote'), quorum=0)
INPUTS["nq-freeze"] = cib(ONE, opts=dict(no_quorum_policy='freeze'), quorum=0)

# constraints: locations, orderings, colocations, tickets
INPUTS["loc-norsc"] = cib(ONE, '<rsc_location id="l" rsc="x" node="a" score="1"/>')
INPUTS["loc-nonode"] = cib(ONE, '<rsc_location id="l" rsc="r" node="zz" score="1"/>')
INPUTS["loc-nothing"] = cib(ONE, '<rsc_location id="l" rsc="r"/>')
INPUTS["loc-role"] = cib(ONE, '<rsc_location id="l" rsc="r" node="a" score="1" role="Foo"/>')
INPUTS["loc-disc"] = cib(ONE, '<rsc_location id="l" rsc="r" node="a" score="1" resource-discovery="foo"/>')
INPUTS["loc-pattern"] = cib(ONE, '<rsc_location id="l" rsc-pattern="(" node="a" score="1"/>')
INPUTS["loc-set"] = cib(ONE, f'<rsc_location id="l" node="a" score="1">{SET}</rsc_location>')
INPUTS["loc-rulebad"] = cib(ONE, '<rsc_location id="l" rsc="r"><rule id="ru" score="5"><expression id="e" '
                            'attribute="x" operation="foo" value="1"/></rule></rsc_location>')
INPUTS["loc-noid"] = cib(ONE, '<rsc_location rsc="r" node="a" score="1"/>')
INPUTS["unknown-con"] = cib(ONE, '<foo id="z"/>')
INPUTS["ord-norsc"] = cib(ONE, '<rsc_order id="o1" first="r" then="x"/>')
INPUTS["ord-norsc1"] = cib(ONE, '<rsc_order id="o1" first="x" then="r"/>')
INPUTS["ord-nofirst"] = cib(ONE, '<rsc_order id="o1" then="r"/>')
INPUTS["ord-action"] = cib(TWO, '<rsc_order id="o1" first="r" then="q" first-action="foo"/>')
INPUTS["ord-set"] = cib(ONE, f'<rsc_order id="o1">{SET}</rsc_order>')
INPUTS["ord-inst"] = cib(TWO, '<rsc_order id="o1" first="r" then="q" first-instance="1"/>')
INPUTS["col-norsc"] = cib(ONE, '<rsc_colocation id="c1" rsc="r" with-rsc="x" score="1"/>')
INPUTS["col-norsc2"] = cib(ONE, '<rsc_colocation id="c1" rsc="x" with-rsc="r" score="1"/>')
INPUTS["col-noscore"] = cib(TWO, '<rsc_colocation id="c1" rsc="r" with-rsc="q"/>')
INPUTS["col-set"] = cib(ONE, f'<rsc_colocation id="c1" score="1">{SET}</rsc_colocation>')
INPUTS["col-sym"] = cib(TWO,
                        '<rsc_colocation id="c1" rsc="r" with-rsc="q" score="1" symmetrical="true"/>')
INPUTS["col-inst"] = cib(TWO,
                         '<rsc_colocation id="c1" rsc="r" with-rsc="q" score="1" rsc-instance="1"/>')
INPUTS["tick-norsc"] = cib(ONE, '<rsc_ticket id="t1" rsc="x" ticket="T"/>')
INPUTS["tick-noticket"] = cib(ONE, '<rsc_ticket id="t1" rsc="r"/>')
INPUTS["tick-fence"] = cib(ONE, '<rsc_ticket id="t1" rsc="r" ticket="T" loss-policy="fence"/>')
INPUTS["tick-set"] = cib(ONE, f'<rsc_ticket id="t1" ticket="T">{SET}</rsc_ticket>')

# groups, clones, templates, nodes and bundles
INPUTS["group-empty"] = cib('<group id="g"/>')
INPUTS["clone-empty"] = cib('<clone id="c"/>')
INPUTS["clone-nodemax"] = cib('<clone id="c">' + meta('c', clone_node_max='2') + dummy('r') + '</clone>')
INPUTS["clone-lsbp"] = cib('<clone id="c">' + meta('c', promotable='true') +
                           '<primitive id="r" class="lsb" type="x"/></clone>')
INPUTS["master"] = cib('<master id="c">' + dummy('r') + '</master>')
INPUTS["tmpl-missing"] = cib('<primitive id="r" template="tt"/>')
INPUTS["tmpl-self"] = cib('<primitive id="r" template="r"/>')
INPUTS["noid"] = cib('<primitive class="ocf" provider="pacemaker" type="Dummy"/>')
INPUTS["unknown-rsc"] = cib('<foo id="r"/>')
INPUTS["node-dup"] = cib(ONE, nodes='<nodes><node id="1" uname="a"/><node id="2" uname="a"/></nodes>')
INPUTS["node-noid"] = cib(ONE, nodes='<nodes><node uname="a"/><node id="2" uname="b"/></nodes>')
INPUTS["node-type"] = cib(ONE, nodes=NODES.replace('uname="a"', 'uname="a" type="foo"'))
INPUTS["state-noname"] = cib(ONE, st=STATES + '<node_state id="9"/>')
INPUTS["state-noid"] = cib(ONE, st=STATES + '<node_state uname="x"/>')
INPUTS["state-unknown"] = cib(ONE, st=STATES + '<node_state id="9" uname="x"/>')
INPUTS["container-missing"] = cib(dummy('r', meta('r', container='vm')))
PLAIN = '<primitive id="r" class="ocf" provider="pacemaker" type="Dummy"/>'
INPUTS["bundle-noip"] = cib(f'<bundle id="bu"><docker image="x" replicas="2"/>{PLAIN}</bundle>')
INPUTS["bundle-mount"] = cib('<bundle id="bu"><docker image="x"/>'
                             '<storage><storage-mapping id="sm"/></storage></bundle>')
INPUTS["bundle-ph"] = cib('<bundle id="bu"><docker image="x" replicas="2" replicas-per-host="2"/>'
                          f'<network control-port="99"/>{PLAIN}</bundle>')
INPUTS["idref-bad"] = cib(dummy('r', '<meta_attributes id-ref="nope"/>'))
INPUTS["op-start-int"] = cib(dummy('r', operations('name="start" interval="10"')))
INPUTS["op-timeout"] = cib(dummy('r', operations('name="monitor" interval="10" timeout="foo"')))

# histories: results of probes and starts, entries that lack something, two active copies
for rc in (1, 2, 3, 4, 5, 6, 8, 9, 190, 191, 193):
    INPUTS[f'h-probe{rc}'] = cib(ONE, st=history('a', rc, 0 if rc in (8, 190) else 4) + B_UP)
    failed = history('a', rc, 4, op='start', extra='exit-reason="bad thing"')
    INPUTS[f'h-start{rc}'] = cib(ONE, st=failed + B_UP)
for s in (2, 3, 5, 6, 7, 8, 9, 10, 11, 1):
    INPUTS[f'h-st{s}'] = cib(ONE, st=history('a', 1, s, op='start') + B_UP)
INPUTS["h-noop-id"] = cib(ONE, st=history('a', 0, 0).replace(' id="r_last_failure_0"', '') + B_UP)
INPUTS["h-nokey"] = cib(ONE, st=re.sub(' transition-key="[^"]*"', '', history('a', 0, 0)) + B_UP)
INPUTS["h-stopfail"] = cib(ONE, st=history('a', 1, 4, op='stop') + B_UP)
INPUTS["h-promo"] = cib('<clone id="c">' + meta('c', promotable='true') + dummy('r') + '</clone>',
                        st=history('a', 8, 0) + B_UP)
INPUTS["expired"] = cib(dummy('r', meta('r', failure_timeout='10s')),
                        st=history('a', 1, 4, op='monitor', iv=10000) + B_UP)
INPUTS["orphan"] = cib('', st=started('a') + B_UP)
INPUTS["orphan-keep"] = cib('', opts=dict(stop_orphan_resources='false'),
                            st=started('a') + B_UP)
INPUTS["both"] = cib(dummy('r', meta('r', multiple_active='stop_only')),
                     st=started('a') + started('b'))
INPUTS["both2"] = cib(dummy('r', meta('r', multiple_active='stop_unexpected')),
                      st=started('a') + started('b'))

# fencing, and what else the configuration holds
INPUTS["unclean"] = cib(ONE, opts=dict(stonith_enabled='true'), st=A_UP)
INPUTS["unclean-noq"] = cib(dummy('r') + '<primitive id="f" class="stonith" type="fence_xvm"/>',
                            opts=dict(stonith_enabled='true'), st=A_UP, quorum=0)
INPUTS["unclean-nores"] = cib('', opts=dict(stonith_enabled='true', have_watchdog='true'), st=A_UP)
INPUTS["exp-down"] = cib(ONE, st=A_UP + '<node_state id="2" uname="b" in_ccm="true" crmd="offline" '
                         'join="down" expected="member"/>')
INPUTS["discovery"] = cib(ONE, nodes='<nodes><node id="1" uname="a"><instance_attributes id="ia">'
                          '<nvpair id="ian" name="resource-discovery-enabled" value="false"/>'
                          '</instance_attributes></node><node id="2" uname="b"/></nodes>')
INPUTS["util"] = cib(dummy('r', '<utilization id="u"><nvpair id="un" name="cpu" value="x"/></utilization>'))
INPUTS["tagdup"] = cib(ONE, extra='<tags><tag><obj_ref id="r"/></tag><tag id="t"><obj_ref/></tag></tags>')
INPUTS["alerts"] = cib(ONE, extra='<alerts><alert id="x"/></alerts>')
INPUTS["fl-noid"] = cib(ONE, extra='<fencing-topology>'
                        '<fencing-level id="l" index="1" target="a" devices="zz"/></fencing-topology>')
INPUTS["grp-nc-inf"] = cib('<group id="g">' + meta('g', collocated='false') + TWO + '</group>' + dummy('z'),
                           '<rsc_colocation id="c1" rsc="g" with-rsc="z" score="INFINITY"/>'
                           '<rsc_colocation id="c2" rsc="z" with-rsc="g" score="INFINITY"/>')
INPUTS["rtype"] = cib(dummy('r', meta('r', restart_type='restart')))
INPUTS["vnone"] = cib(dummy('r'), vw='none')
INPUTS["schema-bad"] = cib(dummy('r')+'<foo/>', vw='pacemaker-3.9')
INPUTS["schema-bad2"] = cib('<primitive id="r" class="ocf" provider="x"/>'+'<primitive id="r" class="ocf" '
                            'provider="x" type="y" foo="1"/>', vw='pacemaker-3.9')
WRONG = dummy('r') + '<foo/>'
SCHEMAS = {'first': 'pacemaker-3.0', 'old': 'pacemaker-2.10', 'older': 'pacemaker-1.2', 'unknown': 'bogus',
           'case': 'Pacemaker-3.9', 'none': 'NONE', 'next': 'pacemaker-next'}
for name, schema in SCHEMAS.items():
    INPUTS['schema-bad-' + name] = cib(WRONG, vw=schema)
    INPUTS['schema-good-' + name] = cib(dummy('r'), opts=dict(stonith_enabled=None), vw=schema)
INPUTS['schema-bad-missing'] = cib(WRONG).replace(' validate-with="none"', '')
INPUTS['schema-good-missing'] = cib(dummy('r')).replace(' validate-with="none"', '')
INPUTS['schema-reference'] = cib(dummy('r'), '<rsc_location id="l" rsc="x" node="a" score="1"/>',
                                 vw='pacemaker-3.9')
