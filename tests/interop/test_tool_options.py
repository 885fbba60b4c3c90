#!/usr/bin/env python3
"""Every command of Debian's takes the same options as ours:
those its help lists, and those it accepts besides.

Without a cluster most calls fail at once; what counts is whether the option is known. Speaks TAP."""
import os
import re
import shutil
import string
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
build = os.path.abspath(os.environ.get('top_builddir', '.'))
ORACLE = here + '/oracle.sh'
TOOLS = ('attrd_updater', 'cibadmin', 'corosync-cfgtool', 'corosync-cmapctl', 'corosync-cpgtool',
         'corosync-keygen', 'corosync-notifyd', 'corosync-quorumtool', 'crm_attribute', 'crm_diff',
         'crm_error', 'crm_mon', 'crm_node', 'crm_resource', 'crm_rule', 'crm_shadow', 'crm_simulate',
         'crm_ticket', 'crm_verify', 'crmadmin', 'iso8601', 'pacemakerd', 'stonith_admin')
# TOOL_LETTERS=1: try every letter, which takes minutes
LETTERS = bool(os.environ.get('TOOL_LETTERS'))
# options that no help shows
HIDDEN = {
    'attrd_updater': ('-q', '-S', '-v', '--quiet', '--section'),
    'cibadmin': ('-h', '-b', '--host', '--no-bcast'),
    'corosync-cfgtool': ('--address', '--brief', '--kill', '--nodes', '--reload', '--reopen', '--status'),
    'crm_attribute': ('--attr-id', '--attr-name', '--attr-value', '--delete-attr', '--get-value',
                      '--inhibit-policy-engine', '--node-uname', '-!', '-Q', '-U'),
    'crm_mon': ('-x', '--xml-file'), 'crm_node': ('-C', '--corosync'),
    'crm_resource': ('-G', '-H', '-S', '-x', '--get-property', '--host-uname', '--set-property',
                     '--xml-file'),
    'crm_ticket': ('-x', '--xml-file'), 'crmadmin': ('-H',),
}
# the reference's internal flags as numbers, for its own test suite
LEFT_OUT = {'crm_resource': {'-c'}}
# what an option is not tried with: it would wait, or change this machine
UNTRIED = {'crm_mon': 'd', 'corosync-keygen': 'lkrs', 'corosync-notifyd': 'flosdnmc', 'pacemakerd': 'fps',
           'crm_shadow': 'E'}
UNKNOWN = re.compile(r'[Uu]nknown option|unrecognized option|invalid option|requires an argument -- .\?')
PREFIX = ['unshare', '-n', '--'] if os.geteuid() == 0 and shutil.which('unshare') else []


def run(debian, tool, *arguments):
    command = [ORACLE, '--run', tool] if debian else [path_of(tool)]
    env = dict(os.environ, CIB_file='/nonexistent', LC_ALL='C')
    env.pop('CIB_shadow', None)
    try:
        p = subprocess.run(PREFIX + command + list(arguments), stdin=subprocess.DEVNULL, capture_output=True,
                           timeout=60,
                           env=env, cwd='/')
        return p.returncode, (p.stdout + p.stderr).decode('utf8', 'replace')
    except subprocess.TimeoutExpired:
        return 124, ''


def path_of(tool):
    for folder in ('tools', '.'):
        if os.access(f'{build}/{folder}/{tool}', os.X_OK):
            return f'{build}/{folder}/{tool}'
    return f'{build}/tools/{tool}'


def help_options(debian, tool):
    status, text = run(debian, tool, '--help-all')
    if status != 0 or UNKNOWN.search(text):
        text = run(debian, tool, '-h' if tool.startswith('corosync-') else '--help')[1]
    found = set()
    for line in text.splitlines():
        if re.match(r'\s+-', line):
            head = re.split(r'\s{2,}(?=[^-\s])|\t+(?=[^-\s])', line.strip())[0]
            found.update(re.findall(r'(?:^|[\s,/\[])(--?[A-Za-z0-9?$][A-Za-z0-9-]*)', head))
    return {option for option in found if not option.endswith('-')}         # "--force-*" in a text


def known(debian, tool, option):
    return not UNKNOWN.search(run(debian, tool, option)[1])


def letters(debian, tool):
    tried = set(string.ascii_letters + string.digits) - set(UNTRIED.get(tool, ''))
    return {'-' + letter for letter in tried if known(debian, tool, '-' + letter)}


def compare(number, tool):
    theirs, ours = help_options(True, tool), help_options(False, tool)
    hidden = set(HIDDEN.get(tool, ()))
    theirs |= {o for o in hidden if known(True, tool, o)}
    ours |= {o for o in hidden if known(False, tool, o)}
    if LETTERS:
        theirs |= letters(True, tool) - LEFT_OUT.get(tool, set())
        ours |= letters(False, tool)
    good = theirs <= ours and len(theirs) > 0
    print(f'{"ok" if good else "not ok"} {number} - {tool}: {len(theirs)} options')
    if not good:
        print('#   missing: ' + ' '.join(sorted(theirs - ours)))
    if ours - theirs:
        print('#   ours only: ' + ' '.join(sorted(ours - theirs)))
    sys.stdout.flush()


def main():
    if subprocess.run([ORACLE], capture_output=True).returncode != 0:
        print("1..0 # SKIP Debian's programs are not here")
        return
    tools = sys.argv[1:] or TOOLS
    print(f'1..{len(tools)}')
    for number, tool in enumerate(tools, 1):
        compare(number, tool)


main()
