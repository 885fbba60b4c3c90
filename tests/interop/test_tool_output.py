#!/usr/bin/env python3
"""Our crm_ticket, crm_rule and iso8601 beside Debian's: the same output, exit status and CIB afterwards.

Speaks TAP; each test is one tool with one group of arguments."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
build = os.path.abspath(os.environ.get('top_builddir', '.'))
environment = dict(os.environ, TZ='UTC', LC_ALL='C.UTF-8')
for name in ('CIB_file', 'CIB_shadow', 'CIB_user'):
    environment.pop(name, None)
number = 0
oracle = None       # where Debian's programs are

HEAD = ('<cib crm_feature_set="3.16.1" validate-with="%s" epoch="1" num_updates="0" '
        'admin_epoch="0"><configuration>')
TICKETS = HEAD % 'pacemaker-3.9' + '''<crm_config/><nodes><node id="1" uname="n1"/></nodes><resources>
<primitive id="d" class="ocf" provider="pacemaker" type="Dummy"/>
<primitive id="e" class="ocf" provider="pacemaker" type="Dummy"/>
</resources><constraints>
<rsc_ticket id="c1" rsc="d" ticket="A" loss-policy="fence"/>
<rsc_ticket id="c2" rsc="e" ticket="A" loss-policy="stop"/>
<rsc_ticket id="c3" rsc="e" ticket="B" rsc-role="Promoted"/><rsc_ticket id="c4" rsc="e" ticket="F"/>
</constraints></configuration><status>STATES</status></cib>'''
STATES = '''<tickets>
<ticket_state id="A" granted="true" last-granted="1600000000" booth-cfg-name="booth" owner="1"/>
<ticket_state id="B" granted="false" last-granted="1500000000" standby="true" expires="1700000000" term="1"/>
<ticket_state id="C" granted="true" standby="true"/><ticket_state id="D"/>
<ticket_state id="E" foo="bar" expires="x" last-granted="y" granted="false"/></tickets>'''


def rule(name, inside):
    return f'<rsc_location id="l-{name}" rsc="d"><rule id="{name}" score="1">{inside}</rule></rsc_location>'


def date(operation, more='', spec=''):
    operation = f' operation="{operation}"' if operation else ''
    return f'<date_expression id="e"{operation} {more}>{spec}</date_expression>'


BEGIN, END = 'start="2020-01-01"', 'end="2021-01-01"'
RULES = {
    'gt': date('gt', BEGIN), 'lt': date('lt', END), 'in': date('in_range', f'{BEGIN} {END}'),
    'length': date('in_range', BEGIN, '<duration id="d" months="6"/>'), 'start': date('in_range', BEGIN),
    'end': date('in_range', END), 'spec': date('date_spec', '', '<date_spec years="2020"/>'),
    'months': date('date_spec', '', '<date_spec months="3"/>'),
    'march': date('date_spec', '', '<date_spec years="2020-2022" months="3"/>'),
    'work': date('date_spec', '', '<date_spec years="2019-2021" hours="9-16" weekdays="1-5"/>'),
    'late': date('date_spec', '', '<date_spec years="2030-"/>'),
    'early': date('date_spec', '', '<date_spec years="-2019"/>'),
    'moon': date('date_spec', '', '<date_spec years="2020" moon="1"/>'), 'empty': date('date_spec'),
    'attribute': '<expression id="e" attribute="a" operation="defined"/>', 'two': date('gt', BEGIN) * 2,
    'nest': f'<rule id="nested" score="1">{date("gt", BEGIN)}</rule>',
    'mixed': '<expression id="e" attribute="a" operation="defined"/>' + date('gt', BEGIN),
    'bad': date('gt', 'start="20x"'), 'other': date('foo', BEGIN), 'none': date('', f'{BEGIN} {END}'),
    'wrong': date('gt', END), 'dup': date('gt', BEGIN),
}
RULE_CIB = (HEAD % 'none' + '<crm_config><cluster_property_set id="o">' + rule('option', date('gt', BEGIN)) +
            '</cluster_property_set></crm_config><nodes/><resources/><constraints>' +
            ''.join(rule(n, r) for n, r in RULES.items()) + rule('dup', date('gt', BEGIN)) +
            '</constraints></configuration><status/></cib>')


def result(good, name, details=''):
    global number
    number += 1
    print(f'{"ok" if good else "not ok"} {number} - {name}')
    for line in details.splitlines()[:40]:
        print('#   ' + line)
    sys.stdout.flush()


def clean(text):
    """Without moments, the tool's path, the reference's messages about itself, names of its functions, and
    the line in which ours say what is wrong with a text that they cannot parse."""
    text = re.sub(r'request="\S*/', 'request="', text)
    text = re.sub(r'(cib-last-written|last-granted)="(\w{3} [^"]*|1[789]\d{8})"', r'\1=""', text)
    noise = re.compile(r'\((unpack_resources|log_assertion_as)\)|Schema validation of|'
                       r'.* validity error : |(\S+: )?line \d+: |no text$')
    lines = (line for line in text.splitlines() if not noise.match(line))
    return '\n'.join(re.sub(r'^\(\w+\) \t', '', line) for line in lines).rstrip('\n')


def run(theirs, tool, arguments, more):
    ours = f'{build}/tools/{tool}'
    program = f'{oracle}/usr/sbin/{tool}' if theirs else ours if os.path.exists(ours) else f'{build}/{tool}'
    env = dict(environment, **more)
    if theirs:
        libraries = glob.glob(f'{oracle}/usr/lib/*-linux-*') + [f'{oracle}/usr/lib']
        env['LD_LIBRARY_PATH'] = os.pathsep.join(libraries)
    env['PCMK_schema_directory'] = f'{oracle}/usr/share/pacemaker' if theirs else f'{build}/xml'
    p = subprocess.run([program] + arguments, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                       text=True, timeout=600)
    return p.returncode, clean(p.stdout), clean(p.stderr)


def compare(tool, group, commands, cib=None, **more):
    """Each command on a fresh copy of the CIB."""
    folder = tempfile.mkdtemp(prefix='tool-output.')
    details = ''
    for arguments in commands:
        found = []
        for theirs in (True, False):
            path = folder + '/cib.xml'
            if cib is not None:
                with open(path, 'w', encoding='utf8') as f:
                    f.write(cib)
                more['CIB_file'] = path
            output = run(theirs, tool, arguments, more)
            if cib is not None:
                with open(path, encoding='utf8') as f:
                    output += (clean(f.read()),)
            found.append(output)
        if found[0] != found[1]:
            details += f'{tool} {arguments}\ntheirs {found[0]}\nours   {found[1]}\n'
    shutil.rmtree(folder)
    result(not details, f'{tool}: {group}', details)


def ticket_commands(ticket):
    texts = '''-l|-L|-w|-q|-c|-G granted|-G standby|-G nope|-G nope -d x|-G granted -d y|-g|-r|-s|-a
-g -f|-r -f|-s -f|-S foo -v bar|-S granted -v true|-S granted -v false -f|-S standby -v true|-S foo
-D foo|-D granted|-D granted -f|-D standby|-C|-C -f|-S standby -v true -g -f|-l -q|-c -q
-C -f -l|-G granted -C -f|-g -f -q|-D foo -S bar -v x
-S foo -v a -v b|-S foo -v bar -S fu -v bur|-D granted -D owner -f|-v x'''
    return [text.split() + ['-t', ticket] for text in texts.replace('\n', '|').split('|')]


def tickets():
    for ticket in 'ABDFG':
        compare('crm_ticket', f'ticket {ticket}', ticket_commands(ticket), TICKETS.replace('STATES', STATES))
    texts = '|-l|-L|-w|-q|-c|-G granted|-g|-S a -v b|-D a|-C|-t|-t A|-Z|--version'
    every = [text.split() for text in texts.split('|')]
    compare('crm_ticket', 'without a ticket', every, TICKETS.replace('STATES', STATES))
    one = [arguments + ['-t', 'A'] for arguments in every[1:6]]
    compare('crm_ticket', 'no states', every + one, TICKETS.replace('STATES', ''))
    compare('crm_ticket', 'damaged CIB', [['-l']], 'x')
    compare('crm_ticket', 'no file', [['-l']], CIB_file='/nonexistent')
    compare('crm_ticket', 'no cluster', [['-l'], ['-t', 'A', '-g', '-f']])


def rules():
    days = ['2019-06-01', '2020-01-01', '2020-03-02 10:00:00', '2020-12-31', '2021-01-01', '2030-01-01']
    for name in list(RULES) + ['option', 'nested', 'missing']:
        checks = [['-c', '-r', name, '-d', day] for day in days]
        compare('crm_rule', f'rule {name}', checks + [checks[2] + ['--output-as=xml']], RULE_CIB)
    several = ['gt lt', 'lt gt', 'missing gt', 'gt missing', 'lt spec', 'missing gt lt']
    several = [[word for r in names.split() for word in ('-r', r)] for names in several]
    compare('crm_rule', 'several rules', [['-c', '-d', days[2]] + names for names in several], RULE_CIB)
    wrong = [[], ['-c'], ['-r', 'gt'], ['--output-as=foo'], ['--version'], ['-Z']]
    wrong += [['-c', '-r', 'gt', '-d', 'foo']]
    wrong += [['-c', '-r', 'gt', '-X', xml] for xml in ('', '-', '<foo/>', RULE_CIB)]
    compare('crm_rule', 'options', wrong, RULE_CIB)
    compare('crm_rule', 'no file', [['-c', '-r', 'gt']], CIB_file='/nonexistent')


def times():
    dates = ['2020-01-01', '2020-01-01 00:30:00 +01:00', '2019-040', '2019-W05-3', '2020-02-30',
             '20200101T101112Z', 'epoch', 'foo', '', '2020-01-01T24:00:00Z', '2020-01-01 00:00:00 +0130',
             '2020-W53-7', '2019-W53-1', '2020-01-01 10', '2020-01-01 00:00:00 EST']
    for form in ([], ['-L'], ['-W'], ['-O'], ['-s'], ['-S']):
        compare('iso8601', f'dates {" ".join(form)}', [['-d', text] + form for text in dates])
    compare('iso8601', 'periods', [['-p', text] for text in (
        '2005-040/2005-043', '2005-01-01/P1M', 'P1M/2005-03-31', '2005-01-01', '/2005-01-01', 'P1M/P2M',
        '2005-01-01/foo', '')])
    lengths = ['P1M', 'P1Y2M3W4DT5H6M7S', 'PT0S', 'P', '1M', 'PX', 'PT36H', 'P-1M', 'PT59S',
               'PT3661S', 'P100Y', 'PT-90S', 'P1Y1M1DT1H']
    compare('iso8601', 'durations', [['-D', text] for text in lengths])
    compare('iso8601', 'dates and durations', [['-D', t, '-d', '2020-01-31 00:00:00Z'] for t in lengths])
    summer = ['-d', '2020-07-01 00:00:00']
    compare('iso8601', 'local zone', [summer, summer + ['-L']], TZ='Europe/Berlin')
    compare('iso8601', 'options', [[], ['-E', 'x'], ['-d', 'epoch', '-E', 'x'], ['-x'], ['-d'], ['--version'],
                                   ['-d', 'epoch', '-E', '1970-01-01 00:00:00Z']])


def failures():
    nowhere = {'CIB_file': '/nonexistent'}
    for tool, texts in (('crm_resource',
                         '-L|-l|-r d -W|-r d -q|-r d -M|-F -r d|-F -N n1|--digests -r d|-Z|-r'),
                        ('crm_verify', '-L||-x /nonexistent|-X <foo/>'), ('crm_simulate', '-L -S'),
                        ('crm_attribute', '-G -n x|-n x -v 1'), ('crm_mon', '-1|-1 --output-as=xml|-s')):
        commands = [text.split() for text in texts.split('|')]
        compare(tool, 'no cluster', commands)
        if tool not in ('crm_verify', 'crm_simulate'):
            compare(tool, 'no file', commands, **nowhere)
    compare('crm_resource', 'what does not exist', [text.split() for text in (
        '-r x -W|-r x -q|-r x -g a|-r x -p a -v b|-r d -M -N nx|-r x -Y|-r x -a|--digests -r x -N n1|'
        '--digests -r d -N nx'
    ).split('|')], TICKETS.replace('STATES', ''))


def properties():
    compare('crm_resource', 'attributes of an element', [text.split() for text in (
        '-r d -G class|-r d -G type -Q|-r d -G nope|-G class|-r nope -G class|-r d -G class --output-as=xml|'
        '-r d -G nope --output-as=xml|-r d -S type -v Stateful -t primitive|-r d -S type -v Stateful|'
        '-r d -S type -t primitive|-r d -S description -v x -t primitive --output-as=xml|'
        '-r d -S type -v x -t clone|-r nope -S type -v x -t primitive|-S type -v x -t primitive|'
        '-r d -H n1 -W').split('|')],
            TICKETS.replace('STATES', ''))


def find_oracle():
    global oracle
    p = subprocess.run([here + '/oracle.sh'], capture_output=True, text=True)
    oracle = p.stdout.strip() if p.returncode == 0 else None


def main():
    find_oracle()
    if oracle is None:
        print("1..0 # SKIP Debian's packages cannot be had")
        return
    tickets()
    rules()
    times()
    failures()
    properties()
    print(f'1..{number}')


if __name__ == '__main__':
    main()
