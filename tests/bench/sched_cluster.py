#!/usr/bin/env python3
"""Writes the CIB of a large cluster: N nodes, M groups of three primitives that prefer a node and are ordered
after and colocated with one of a few clones; all running, monitored and probed; the first node in standby.

usage: sched_cluster.py NODES GROUPS [CLONES]"""
import sys

EMPTY = "f2317cad3d54cec5d7d7aa7d0bf35cf8"
UUID = "11111111-2222-3333-4444-555555555555"


def entry(rsc, op, interval, call, rc, target):
    name = "last_0" if interval == 0 else "monitor_%d" % interval
    key = "%d:1:%d:%s" % (call, target, UUID)
    digest = EMPTY if interval == 0 else "4811cef7f7f94e3a35a70be7916cb2fd"
    return ('<lrm_rsc_op id="%s_%s" operation_key="%s_%s_%d" operation="%s" crm_feature_set="3.16.1" '
            'transition-key="%s" transition-magic="0:%d;%s" call-id="%d" rc-code="%d" op-status="0" '
            'interval="%d" last-rc-change="1700000000" exec-time="10" queue-time="0" op-digest="%s"/>'
            % (rsc, name, rsc, op, interval, op, key, rc, key, call, rc, interval, digest))


def history(rsc, active, call):
    out = ['<lrm_resource id="%s" class="ocf" provider="pacemaker" type="Dummy">' % rsc]
    if active:
        out += [entry(rsc, "start", 0, call, 0, 0), entry(rsc, "monitor", 10000, call + 1, 0, 0)]
    else:
        out += [entry(rsc, "monitor", 0, call, 7, 7)]
    return "".join(out + ["</lrm_resource>"])


def primitive(rsc):
    return ('<primitive id="%s" class="ocf" provider="pacemaker" type="Dummy"><operations>'
            '<op id="%s-m" name="monitor" interval="10s" timeout="20s"/></operations></primitive>' %
            (rsc, rsc))


def main():
    nodes, groups = int(sys.argv[1]), int(sys.argv[2])
    clones = int(sys.argv[3]) if len(sys.argv) > 3 else 4
    names = ["node%d" % (i + 1) for i in range(nodes)]
    out = ['<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" '
           'admin_epoch="0" have-quorum="1" dc-uuid="1" execution-date="1700000100"><configuration>'
           '<crm_config><cluster_property_set id="o"><nvpair id="o-s" name="stonith-enabled" value="false"/>'
           '</cluster_property_set></crm_config><nodes>']
    for i, name in enumerate(names):
        standby = ('<instance_attributes id="n-%s"><nvpair id="n-%s-s" name="standby" value="on"/>'
                   '</instance_attributes>'
                   % (name, name)) if i == 0 else ""
        out.append('<node id="%d" uname="%s">%s</node>' % (i + 1, name, standby))
    out.append("</nodes><resources>")
    for c in range(clones):
        out.append('<clone id="clone%d">%s<meta_attributes id="clone%d-m">'
                   '<nvpair id="clone%d-i" name="interleave" value="true"/></meta_attributes></clone>' %
                   (c, primitive("base%d" % c), c, c))
    for g in range(groups):
        out.append('<group id="group%d">%s</group>' %
                   (g, "".join(primitive("g%d-%d" % (g, k)) for k in range(3))))
    out.append("</resources><constraints>")
    for g in range(groups):
        out.append('<rsc_location id="loc%d" rsc="group%d" node="%s" score="100"/>' %
                   (g, g, names[g % nodes]))
        out.append('<rsc_order id="ord%d" first="clone%d" then="group%d"/>' % (g, g % clones, g))
        out.append('<rsc_colocation id="col%d" rsc="group%d" with-rsc="clone%d" score="INFINITY"/>' %
                   (g, g, g % clones))
    out.append("</constraints></configuration><status>")
    for i, name in enumerate(names):
        out.append('<node_state id="%d" uname="%s" in_ccm="true" crmd="online" join="member" '
                   'expected="member"><lrm id="%d"><lrm_resources>' % (i + 1, name, i + 1))
        call = 1
        for c in range(clones):
            out.append(history("base%d" % c, True, call))
            call += 2
        for g in range(groups):
            for k in range(3):
                out.append(history("g%d-%d" % (g, k), g % nodes == i, call))
                call += 2
        out.append("</lrm_resources></lrm></node_state>")
    out.append("</status></cib>")
    sys.stdout.write("\n".join(out) + "\n")


main()
