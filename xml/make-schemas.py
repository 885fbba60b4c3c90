#!/usr/bin/env python3
"""Writes the RELAX NG schemas of the configuration (cib.md, section 1) into the folder given.

A schema pacemaker-X.Y.rng refers to one version of each component (options, nodes, resources, ...); a
component's version says what it adds to the one before. Only this file is edited by hand; the .rng files
beside it are its output.
"""
import os
import sys

# ---- patterns: (tag, attributes, children) ----


def pattern(tag, *children, **attrs):
    return (tag, attrs, [c for c in children if c is not None])


def el(name, *children):
    return pattern('element', *(children or (pattern('empty'),)), name=name)


def at(name, *kind):
    return pattern('attribute', *(kind or (pattern('text'),)), name=name)


def oat(name, *kind):
    return opt(at(name, *kind))


def opt(*c):
    return pattern('optional', *c)


def many(*c):
    return pattern('zeroOrMore', *c)


def some(*c):
    return pattern('oneOrMore', *c)


def either(*c):
    return pattern('choice', *c)


def group(*c):
    return pattern('group', *c)


def mix(*c):
    return pattern('interleave', *c)


def ref(name):
    return pattern('ref', name=name)


def ext(file):
    return pattern('externalRef', href=file + '.rng')


def data(kind, *params):
    return pattern('data', *params, type=kind)


def val(text):
    return ('value', {}, text)


def enum(*values):
    return either(*[val(v) for v in values])


def but(*values):
    return data('string', pattern('except', enum(*values)))


ID, IDREF, INT, BOOL = data('ID'), data('IDREF'), data('integer'), data('boolean')
NONNEG, POS = data('nonNegativeInteger'), data('positiveInteger')
SCORE = either(INT, enum('INFINITY', '+INFINITY', '-INFINITY'))


def render(node, depth):
    tag, attrs, children = node
    text = '  ' * depth + '<' + tag + ''.join(f' {k}="{v}"' for k, v in attrs.items())
    if isinstance(children, str):
        return f'{text}>{children}</{tag}>\n'
    if not children:
        return f'{text}/>\n'
    return f'{text}>\n' + ''.join(render(c, depth + 1) for c in children) + '  ' * depth + f'</{tag}>\n'


files = {}


def grammar(name, start, **defines):
    """A file whose pattern is start; keyword names with _ become names with -."""
    body = render(pattern('start', start), 1)
    for define, content in defines.items():
        content = content if isinstance(content, list) else [content]
        body += render(pattern('define', *content, name=define.replace('_', '-')), 1)
    files[name] = ('<?xml version="1.0" encoding="UTF-8"?>\n'
                   '<!-- Written by make-schemas.py -->\n'
                   '<grammar xmlns="http://relaxng.org/ns/structure/1.0"\n'
                   '         datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">\n' + body +
                   '</grammar>\n')


# ---- rules ----

RULES = ['', '-2.9', '-3.4', '-3.5', '-3.9']
SHARED_DATE = ['hours', 'monthdays', 'weekdays', 'yearsdays', 'months', 'weeks', 'years', 'weekyears', 'moon']
DURATION = ['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds',
            'monthdays', 'weekdays', 'yearsdays', 'weekyears', 'moon']
DATE_SPEC = ['years', 'months', 'monthdays', 'hours', 'minutes', 'seconds', 'yeardays', 'weekyears', 'weeks',
             'weekdays', 'moon', 'yearsdays']


def dates(names):
    return [at('id', ID)] + [oat(n) for n in names]


def date_range(new):
    duration = ref('duration')
    if new:
        return group(either(at('start'), at('end'), group(at('start'), at('end'))), opt(duration))
    return either(group(oat('start'), at('end')), group(at('start'), duration))


for version in RULES:
    since = RULES.index(version)
    new = since >= 4
    score = either(at('score', SCORE), at('score-attribute'))
    kinds = [ref('expression'), ref('date-expression')]
    if since >= 2:
        kinds += [ref('rsc-expression'), ref('op-expression')]
    types = ['string', 'number', 'version'] + (['integer'] if since >= 3 else [])
    defines = dict(
        rule=el('rule', either(
            at('id-ref', IDREF),
            group(at('id', ID), opt(score) if new else score, oat('boolean-op', enum('or', 'and')),
                  oat('role'),
                  some(either(*kinds, ref('rule')))))),
        expression=el('expression', at('id', ID), at('attribute'),
                      at('operation', enum('lt', 'gt', 'lte', 'gte', 'eq', 'ne', 'defined', 'not_defined')),
                      oat('value'), oat('type', enum(*types)),
                      oat('value-source', enum('literal', 'param', 'meta')) if since >= 1 else None),
        date_expression=el('date_expression', at('id', ID), either(
            group(at('operation', val('in_range')), date_range(new)),
            group(at('operation', val('gt')), at('start')),
            group(at('operation', val('lt')), at('end')),
            group(at('operation', val('date_spec')), ref('date-spec')))),
        duration=el('duration', *dates(DURATION if new else SHARED_DATE)),
        date_spec=el('date_spec', *dates(DATE_SPEC if new else SHARED_DATE)))
    if since >= 2:
        defines['rsc_expression'] = el('rsc_expression', at('id', ID), oat('class'), oat('provider'),
                                       oat('type'))
        defines['op_expression'] = el('op_expression', at('id', ID), at('name'), oat('interval'))
    grammar('rule' + version, ref('rule'), **defines)

# ---- name/value sets ----

# version of the set -> version of the rule in it
NVSETS = {'': '', '-1.3': '', '-2.9': '-2.9', '-3.0': '-2.9', '-3.4': '-3.4', '-3.5': '-3.5', '-3.9': '-3.9'}


def nvpair(name_value, by_reference):
    own = group(at('id', ID), name_value)
    return el('nvpair', either(group(at('id-ref', IDREF), oat('name')), own) if by_reference else own)


def nvset(pair, rule):
    return either(at('id-ref', IDREF),
                  group(at('id', ID), mix(opt(ext('rule' + rule)), many(pair), oat('score', SCORE))))


ANY_PAIR = group(at('name'), oat('value'))
for version, rule in NVSETS.items():
    grammar('nvset' + version, ref('nvset'), nvset=nvset(ref('nvpair'), rule),
            nvpair=nvpair(ANY_PAIR, version != ''))


def without(*names):
    return group(at('name', but(*names)), oat('value'))


# ---- options ----

OLD_OPTIONS = ['cluster_recheck_interval', 'dc_deadtime', 'default-action-timeout', 'default_action_timeout',
               'default-migration-threshold', 'default_migration_threshold',
               'default-resource-failure-stickiness', 'default_resource_failure_stickiness',
               'default-resource-stickiness', 'default_resource_stickiness', 'election_timeout',
               'expected-quorum-votes', 'is-managed-default', 'is_managed_default', 'no_quorum_policy',
               'notification-agent', 'notification-recipient', 'remove_after_stop', 'shutdown_escalation',
               'startup_fencing', 'stonith_action', 'stonith_enabled', 'stop_orphan_actions',
               'stop_orphan_resources', 'symmetric_cluster', 'transition_idle_timeout']
OLD_STACKS = ['heartbeat', 'openais', 'classic openais', 'classic openais (with plugin)', 'cman']

for version, sets in {'1.0': '', '3.0': '-3.0', '3.4': '-3.4', '3.5': '-3.5', '3.9': '-3.9'}.items():
    extra = {}
    body = ext('nvset' + sets)
    if version != '1.0':
        allowed = either(
            without('cluster-infrastructure', *OLD_OPTIONS),
            group(at('name', val('cluster-infrastructure')), at('value', but(*OLD_STACKS))))
        body = nvset(ref('cluster-option'), NVSETS[sets])
        extra['cluster_option'] = nvpair(allowed, True)
    grammar('options-' + version, mix(ref('crm-config'), opt(ref('rsc-defaults')), opt(ref('op-defaults'))),
            crm_config=el('crm_config', many(el('cluster_property_set', body))),
            rsc_defaults=el('rsc_defaults', many(el('meta_attributes', ext('nvset' + sets)))),
            op_defaults=el('op_defaults', many(el('meta_attributes', ext('nvset' + sets)))), **extra)

# ---- nodes ----

for version, sets in {'1.0': '', '1.2': '', '1.3': '-1.3', '2.9': '-2.9', '3.0': '-3.0', '3.4': '-3.4',
                      '3.5': '-3.5', '3.9': '-3.9'}.items():
    types = ['member', 'ping', 'remote'] if version[0] == '3' else ['normal', 'member', 'ping']
    if version in ('1.3', '2.9'):
        types.append('remote')
    kind = at('type', enum(*types))
    later = version != '1.0'
    parts = [el('instance_attributes', ext('nvset' + sets))]
    if later:
        parts.append(el('utilization', ext('nvset' + sets)))
    grammar('nodes-' + version, ref('nodes'),
            nodes=el('nodes', many(el(
                'node', at('id'), at('uname'), opt(kind) if later else kind, oat('description'),
                oat('score', SCORE) if later else None, many(either(*parts))))))

# ---- resources ----

RESOURCES = {'1.0': '', '1.2': '', '1.3': '-1.3', '2.7': '-1.3', '2.8': '-1.3', '2.9': '-2.9', '2.10': '-2.9',
             '3.0': '-3.0', '3.1': '-3.0', '3.2': '-3.0', '3.4': '-3.4', '3.5': '-3.5', '3.7': '-3.5',
             '3.9': '-3.9'}
ISOLATION = ['isolation', 'isolation-host', 'isolation-instance', 'isolation-wrapper']
PCMK_OLD = ['pcmk_arg_map', 'pcmk_list_cmd', 'pcmk_monitor_cmd', 'pcmk_off_cmd', 'pcmk_on_cmd',
            'pcmk_reboot_cmd', 'pcmk_status_cmd']
OP_ATTRS = ['interval-origin', 'start-delay', 'enabled', 'on-fail', 'record-pending', 'role', 'timeout',
            'requires']
OLD_CLASSES = ['lsb', 'heartbeat', 'stonith', 'upstart']
NEW_CLASSES = OLD_CLASSES + ['service', 'systemd', 'nagios']


def agent(classes):
    return group(either(group(at('class', val('ocf')), at('provider')), at('class', enum(*classes))),
                 at('type'))


def bundle(v, order):
    """Container, network and storage of a bundle in resources version v."""
    masters = at('masters', INT)
    if order(v) >= order('3.0'):
        masters = either(masters, at('promoted-max', INT))
    engines = ['docker'] + (['rkt'] if order(v) >= order('2.10') else []) + (
        ['podman'] if order(v) >= order('3.2') else [])
    container = [at('image'), oat('replicas', INT), oat('replicas-per-host', INT), opt(masters),
                 oat('run-command'),
                 oat('network'), oat('options')]
    mapping = el('port-mapping', at('id', ID), either(
        group(at('port', INT), oat('internal-port', INT)),
        at('range', data('string', ('param', {'name': 'pattern'}, '([0-9\\-]+)')))))
    storage = el('storage-mapping', at('id', ID), either(at('source-dir'), at('source-dir-root')),
                 at('target-dir'),
                 oat('options'))
    return el('bundle', mix(
        at('id', ID), oat('description'), ref('extra'), either(*[el(e, *container) for e in engines]),
        opt(el('network', oat('ip-range-start'), oat('control-port', INT), oat('host-interface'),
               oat('host-netmask', INT), oat('add-host', BOOL) if order(v) >= order('3.0') else None,
               many(mapping))),
        opt(el('storage', many(storage))), opt(ref('primitive'))))


def resources(v, sets):
    order = list(RESOURCES).index
    has = lambda since: order(v) >= order(since)
    body = ext('nvset' + sets)

    def restricted(names, define):
        """A set with the names left out; its nvpair goes into define."""
        if not names:
            return body
        defines[define] = nvpair(without(*names), True)
        return nvset(ref(define.replace('_', '-')), NVSETS[sets])

    defines = {}
    from_3 = has('3.0')
    instance_rule = from_3 and not has('3.1')
    extra = many(either(el('meta_attributes', body), el('instance_attributes', body)))
    rsc_extra = many(either(
        el('meta_attributes', restricted(ISOLATION if from_3 else [], 'resource_meta')),
        el('instance_attributes', restricted(PCMK_OLD if instance_rule else [], 'resource_parameter'))))
    op_extra = many(either(
        el('meta_attributes', restricted(['requires'] if from_3 else [], 'operation_meta')),
        el('instance_attributes', restricted(OP_ATTRS if instance_rule else [], 'operation_parameter'))))
    demote = ['demote'] if has('3.4') else []
    fails = ['ignore', 'block', 'stop'] + demote + ['restart', 'standby', 'fence'] + (
        ['restart-container'] if has('1.2') else [])
    roles = ['Stopped', 'Started'] + (['Unpromoted', 'Promoted'] if has('3.7') else []) + ['Slave', 'Master']
    requires = ['nothing', 'quorum', 'fencing'] + (['unfencing'] if has('1.3') else [])
    utilization = many(el('utilization', body)) if has('1.2') else None
    classes = NEW_CLASSES if has('1.2') else OLD_CLASSES
    choices = [ref('primitive'), ref('group'), ref('clone'), ref('master')]
    own_agent = agent(classes)
    multi = lambda name: el(name, at('id', ID), oat('description'),
                            mix(ref('extra'), either(ref('primitive'), ref('group'))))
    defines.update(
        primitive=el('primitive', mix(
            at('id', ID), either(own_agent, at('template', IDREF)) if has('1.2') else own_agent,
            oat('description'),
            rsc_extra, opt(ref('operations')), utilization)),
        group=el('group', at('id', ID), oat('description'), mix(ref('extra'), some(ref('primitive')))),
        clone=multi('clone'), master=multi('master'), extra=extra,
        operations=el('operations', oat('id', ID), oat('id-ref', IDREF), many(el(
            'op', at('id', ID), at('name'), at('interval'), oat('description'),
            opt(either(at('start-delay'), at('interval-origin'))), oat('timeout'), oat('enabled', BOOL),
            oat('record-pending', BOOL), oat('role', enum(*roles)), oat('on-fail', enum(*fails)),
            None if from_3 else oat('requires', enum(*requires)), op_extra))))
    if has('1.2'):
        choices.insert(1, ref('template'))
        defines['template'] = el('template', mix(
            at('id', ID), agent(NEW_CLASSES if has('2.7') else OLD_CLASSES), oat('description'), rsc_extra,
            opt(ref('operations')), utilization))
    if has('2.8'):
        choices.append(ref('bundle'))
        defines['bundle'] = bundle(v, order)
    grammar('resources-' + v, el('resources', many(either(*choices))), **defines)


for version, sets in RESOURCES.items():
    resources(version, sets)

# ---- constraints ----

CONSTRAINTS = ['1.0', '1.2', '2.1', '2.2', '2.3', '2.6', '2.9', '3.0', '3.5', '3.6', '3.7', '3.9', 'next']
CONSTRAINT_RULES = {'2.9': '-2.9', '3.0': '-2.9', '3.5': '-3.5', '3.6': '-3.5', '3.7': '-3.5', '3.9': '-3.9',
                    'next': '-3.9'}


def constraints(v):
    has = lambda since: CONSTRAINTS.index(v) >= CONSTRAINTS.index(since)
    rule = ext('rule' + CONSTRAINT_RULES.get(v, ''))
    action = enum('start', 'promote', 'demote', 'stop')
    role = enum('Stopped', 'Started', 'Master', 'Slave', *(['Promoted', 'Unpromoted'] if has('3.7') else []))
    kind = at('kind', enum('Optional', 'Mandatory', 'Serialize'))
    sets = some(ref('resource-set'))
    life = opt(el('lifetime', some(rule)))
    score = at('score', SCORE)
    instance = lambda name: oat(name, INT) if v == 'next' else None

    if not has('1.2'):
        target = at('rsc', IDREF)
    else:
        rsc = either(at('rsc', IDREF), at('rsc-pattern')) if has('2.6') else at('rsc', IDREF)
        target = either(group(rsc, oat('role', role)), sets)
    weight = score if has('3.0') else either(score, at('score-attribute'), at('score-attribute-mangle'))
    choices = [
        el('rsc_location', at('id', ID), target, either(group(score, at('node')), some(rule)), life,
           oat('resource-discovery', enum('always', 'never', 'exclusive')) if has('2.2') else None),
        el('rsc_colocation', at('id', ID), opt(weight),
           oat('influence') if has('3.6') else None, life, either(
            sets,
            group(at('rsc', IDREF), at('with-rsc', IDREF), oat('node-attribute'), oat('rsc-role', role),
                  oat('with-rsc-role', role), instance('rsc-instance'), instance('with-rsc-instance')))),
        el('rsc_order', at('id', ID), life, oat('symmetrical', BOOL),
           oat('require-all', BOOL) if has('2.3') else None,
           opt(either(score, kind)), either(
            sets,
            group(at('first', IDREF), at('then', IDREF), oat('first-action', action),
                  oat('then-action', action),
                  instance('first-instance'), instance('then-instance'))))]
    if has('1.2'):
        choices.append(el('rsc_ticket', at('id', ID),
                          either(sets, group(at('rsc', IDREF), oat('rsc-role', role))),
                          at('ticket'), oat('loss-policy', enum('stop', 'demote', 'fence', 'freeze'))))
    members = el('resource_set', either(at('id-ref', IDREF), group(
        at('id', ID), oat('sequential', BOOL), oat('require-all', BOOL) if has('1.2') else None,
        oat('ordering', enum('group', 'listed')) if has('2.1') else None, oat('action', action),
        oat('role', role),
        opt(either(score, kind)) if has('3.0') else opt(score), some(el('resource_ref', at('id', IDREF))))))
    grammar('constraints-' + v, el('constraints', many(either(*choices))), resource_set=members)


for version in CONSTRAINTS:
    constraints(version)

# ---- the smaller components ----

for version in ('1.2', '2.4'):
    targets = [at('target'), at('target-pattern')]
    if version == '2.4':
        targets.append(group(at('target-attribute'), at('target-value')))
    devices = data('string', ('param', {'name': 'pattern'}, '([a-zA-Z0-9_\\.\\-]+)(,[a-zA-Z0-9_\\.\\-]+)*'))
    grammar('fencing-' + version, el('fencing-topology', many(el(
        'fencing-level', at('id', ID), either(*targets), at('index', POS), at('devices', devices)))))

permission_1_2 = [either(at('tag'), at('ref', IDREF), group(at('tag'), at('ref', IDREF)), at('xpath')),
                  oat('attribute')]
grammar('acls-1.2',
        el('acls', many(either(
            el('acl_user', at('id', ID),
               either(many(el('role_ref', at('id', IDREF))), many(ref('permission')))),
            el('acl_role', at('id', ID), many(ref('permission')))))),
        permission=either(*[el(name, at('id', ID), *permission_1_2) for name in ('read', 'write', 'deny')]))
for version in ('2.0', '3.8'):
    name = oat('name') if version == '3.8' else None
    roles = many(el('role', at('id', IDREF)))
    grammar('acls-' + version, el('acls', many(either(
        el('acl_target', at('id'), name, roles), el('acl_group', at('id', ID), name, roles),
        el('acl_role', at('id', ID), oat('description'), many(el(
            'acl_permission', at('id', ID), at('kind', enum('read', 'write', 'deny')),
            either(at('xpath'), at('reference', IDREF), group(at('object-type'), oat('attribute'))),
            oat('description'))))))))

for version, kind in {'1.3': [IDREF], '3.3': []}.items():
    tag = el('tag', at('id', ID), some(el('obj_ref', at('id', *kind))))
    grammar('tags-' + version, el('tags', many(tag)))

for version, sets in {'2.5': '-1.3', '2.9': '-2.9', '2.10': '-2.9', '3.5': '-3.5', '3.9': '-3.9'}.items():
    sets_of = many(either(el('meta_attributes', ext('nvset' + sets)),
                          el('instance_attributes', ext('nvset' + sets))))
    recipients = many(el('recipient', at('id', ID), oat('description'), at('value'), ref('sets')))
    select = opt(el('select', mix(
        opt(el('select_attributes', many(el('attribute', at('id', ID), at('name'))))),
        opt(el('select_fencing')), opt(el('select_nodes')), opt(el('select_resources')))))
    early = version in ('2.5', '2.9')
    content = group(ref('sets'), recipients) if early else mix(ref('sets'), select, recipients)
    grammar('alerts-' + version,
            el('alerts', many(el('alert', at('id', ID), oat('description'), at('path'), content))),
            sets=sets_of)

# ---- the whole ----

COMPONENTS = ['cib', 'options', 'nodes', 'resources', 'constraints', 'fencing', 'acls', 'tags', 'alerts']
SCHEMAS = '''
1.0  1.0 1.0 1.0 1.0  1.0 -   -   -   -
1.2  1.2 1.0 1.2 1.2  1.2 1.2 1.2 -   -
1.3  1.2 1.0 1.3 1.3  1.2 1.2 1.2 1.3 -
2.0  1.2 1.0 1.3 1.3  1.2 1.2 2.0 1.3 -
2.1  1.2 1.0 1.3 1.3  2.1 1.2 2.0 1.3 -
2.2  1.2 1.0 1.3 1.3  2.2 1.2 2.0 1.3 -
2.3  1.2 1.0 1.3 1.3  2.3 1.2 2.0 1.3 -
2.4  1.2 1.0 1.3 1.3  2.3 2.4 2.0 1.3 -
2.5  1.2 1.0 1.3 1.3  2.3 2.4 2.0 1.3 2.5
2.6  1.2 1.0 1.3 1.3  2.6 2.4 2.0 1.3 2.5
2.7  1.2 1.0 1.3 2.7  2.6 2.4 2.0 1.3 2.5
2.8  1.2 1.0 1.3 2.8  2.6 2.4 2.0 1.3 2.5
2.9  1.2 1.0 2.9 2.9  2.9 2.4 2.0 1.3 2.9
2.10 1.2 1.0 2.9 2.10 2.9 2.4 2.0 1.3 2.10
3.0  1.2 3.0 3.0 3.0  3.0 2.4 2.0 1.3 2.10
3.1  1.2 3.0 3.0 3.1  3.0 2.4 2.0 1.3 2.10
3.2  1.2 3.0 3.0 3.2  3.0 2.4 2.0 1.3 2.10
3.3  1.2 3.0 3.0 3.2  3.0 2.4 2.0 3.3 2.10
3.4  1.2 3.4 3.4 3.4  3.0 2.4 2.0 3.3 2.10
3.5  1.2 3.5 3.5 3.5  3.5 2.4 2.0 3.3 3.5
3.6  1.2 3.5 3.5 3.5  3.6 2.4 2.0 3.3 3.5
3.7  1.2 3.5 3.5 3.7  3.7 2.4 2.0 3.3 3.5
3.8  1.2 3.5 3.5 3.7  3.7 2.4 3.8 3.3 3.5
3.9  1.2 3.9 3.9 3.9  3.9 2.4 3.8 3.3 3.9
next 1.2 3.9 3.9 3.9  next 2.4 3.8 3.3 3.9
'''
schemas = [line.split() for line in SCHEMAS.split('\n') if line]
names = ['none', 'pacemaker-0.6', 'transitional-0.6', 'pacemaker-0.7', 'pacemaker-1.1'] + [
    'pacemaker-' + s[0] for s in schemas]

for version in ('1.0', '1.2'):
    grammar('cib-' + version, group(
        oat('validate-with', enum(*names)), at('admin_epoch', NONNEG), at('epoch', NONNEG),
        at('num_updates', NONNEG),
        oat('crm_feature_set'), oat('remote-tls-port', NONNEG), oat('remote-clear-port', NONNEG),
        oat('have-quorum', BOOL), oat('dc-uuid'), oat('cib-last-written'), oat('no-quorum-panic', BOOL),
        *([oat(n) for n in ('update-origin', 'update-client', 'update-user', 'execution-date')]
          if version == '1.2' else [])))

grammar('status-1.0', el('status', ref('anything')),
        anything=many(either(('attribute', {}, [pattern('anyName')]), pattern('text'),
                             ('element', {}, [pattern('anyName'), ref('anything')]))))

for name, *versions in schemas:
    v = dict(zip(COMPONENTS, versions))
    part = lambda component: ext(f'{component}-{v[component]}')
    sections = [part('options'), part('nodes'), part('resources'), part('constraints')]
    sections += [opt(part(c)) for c in COMPONENTS[5:] if v[c] != '-']
    grammar('pacemaker-' + name,
            el('cib', part('cib'), ref('configuration'), opt(ext('status-1.0'))),
            configuration=el('configuration', mix(*sections)))

if __name__ == '__main__':
    for name, text in files.items():
        with open(os.path.join(sys.argv[1], name + '.rng'), 'w', encoding='utf-8') as out:
            out.write(text)
