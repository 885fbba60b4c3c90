#!/usr/bin/env python3
"""Our cibadmin, crm_diff and crm_attribute beside Debian's on the same files:
results, output and files must be equal.

CIB_SEEDS: how many random stories (default 2); CIB_FIRST_SEED: the first one (default 1). Speaks TAP."""
import os
import shutil
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
sys.dont_write_bytecode = True
from cib_random import Random  # noqa: E402

build = os.environ.get('top_builddir', '.')
environment = dict(os.environ, TZ='UTC', LC_ALL='C.UTF-8')
for name in ('CIB_file', 'CIB_shadow', 'CIB_user'):
    environment.pop(name, None)
number = 0


def result(good, name, details=''):
    global number
    number += 1
    print(f'{"ok" if good else "not ok"} {number} - {name}')
    for line in details.splitlines()[:40]:
        print('#   ' + line)
    sys.stdout.flush()


def run(theirs, tool, arguments, **more):
    """Exit status, output and the error lines that say why."""
    command = [here + '/oracle.sh', '--run', tool] if theirs else [f'{build}/tools/{tool}']
    env = dict(environment, **more)
    if not theirs:
        env['PCMK_schema_directory'] = os.path.abspath(f'{build}/xml')
    p = subprocess.run(command + arguments, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=600)
    errors = [line for line in p.stderr.decode('utf8', 'replace').splitlines()
              if line.startswith(('Call ', 'The ', 'Could', 'crm_attribute:', 'Error setting'))]
    output = p.stdout.decode('utf8', 'replace')
    return p.returncode, output[output.find('\n') + 1:] if '<pacemaker-result' in output else output, errors


def read(path):
    with open(path, encoding='utf8', errors='replace') as f:
        return f.read()


def write(path, text):
    with open(path, 'w', encoding='utf8') as f:
        f.write(text)


def compare_operations(seed, folder, restricted=False, count=60):
    r = Random(seed)
    theirs, ours = folder + '/theirs.xml', folder + '/ours.xml'
    if restricted:
        write(theirs, r.restricted_cib())
    else:
        write(theirs, r.cib(r.r.choice(['none', 'none', 'pacemaker-3.9', 'pacemaker-3.0'])))
    shutil.copy(theirs, ours)
    for step in range(count):
        arguments = (['-U', 'tony'] if restricted and r.chance(.8) else []) + r.operation(read(theirs))
        a = run(True, 'cibadmin', arguments, CIB_file=theirs)
        b = run(False, 'cibadmin', arguments, CIB_file=ours)
        if a[0] < 0:    # some requests crash the reference
            shutil.copy(theirs, ours)
            continue
        if a != b or read(theirs) != read(ours):
            write(folder + '/1', read(theirs))
            diff = subprocess.run(['diff', theirs, ours], capture_output=True, text=True).stdout
            return (f'step {step}: cibadmin {arguments}\ntheirs {a[0]} {a[2]} {a[1][:300]}\n'
                    f'ours {b[0]} {b[2]} {b[1][:300]}\n{diff}')
    return ''


def compare_patches(seed, folder, count=20):
    r = Random(seed)
    old, new, patch = folder + '/old', folder + '/new', folder + '/patch'
    for pair in range(count):
        write(old, r.cib(full=True))
        write(new, r.change_tree(read(old), 6) if r.chance(.85) else r.cib(full=True))
        for option in ([], ['-c'], ['-u']):
            arguments = option + ['-o', old, '-n', new]
            a, b = run(True, 'crm_diff', arguments), run(False, 'crm_diff', arguments)
            if a != b:
                return f'pair {pair}: crm_diff {option}: {a[0]} {b[0]}\ntheirs:\n{a[1]}\nours:\n{b[1]}'
            if a[0] != 1:
                continue
            write(patch, a[1])
            for start, check in ((old, []), (old, ['-c']), (new, ['-c'])):
                arguments = check + ['-o', start, '-p', patch]
                a2, b2 = run(True, 'crm_diff', arguments), run(False, 'crm_diff', arguments)
                if a2 != b2:
                    return (f'pair {pair}: applying {option} {check}: {a2[0]} {b2[0]}\n'
                            f'theirs:\n{a2[1]}\nours:\n{b2[1]}')
    return ''


ATTRIBUTES = [line.split() for line in '''
-n foo -v bar|-n foo|-G -n nope|-G -n nope -d x|-n foo -q|-n foo --output-as=xml|-n foo -D|-n foo -D
-N n9 -n z -v 1|-t rsc_defaults -n x -v y -N n1|-t op_defaults -n x:#y -v y -N n1|-t rsc_defaults -n x -N n1
-l forever -N n1 -n z:#a -v 1|-l reboot -N n1 -n z -v 1|-l reboot -N n1 -n z|-N n1 -z -n cpu -v 4
-N n1 -z -n cpu|-t tickets -n tk -v 1|-t tickets -n tk|-G -N n1|-P z.* -N n1 -G|-P z.* -N n1 -v 1
-n foo -v 1 -s setx|-n foo -v 2|-n foo -v 3 -s sety|-n foo|-n foo -v 4|-n foo -i setx-foo|-n foo -s setx -D
-p rsc -v 10 -N n1|-p rsc -N n1|-p -G|-N N1 -n z:#a|-n c -v 5|-n c -v value++|-n c|-N rem -n foo -v 5
-N rem -n foo|-n c --output-as=foo|-Z|-D'''.replace('\n', '|').split('|') if line]


def compare_attributes(folder):
    theirs, ours = folder + '/theirs.xml', folder + '/ours.xml'
    write(theirs, '<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" '
          'admin_epoch="0"><configuration><crm_config/><nodes><node id="1" uname="n1"/></nodes><resources>'
          '<primitive id="rem" class="ocf" provider="pacemaker" type="remote"/></resources><constraints/>'
          '</configuration><status><node_state id="1" uname="n1"/></status></cib>')
    shutil.copy(theirs, ours)
    for arguments in ATTRIBUTES:
        a = run(True, 'crm_attribute', arguments, CIB_file=theirs)
        b = run(False, 'crm_attribute', arguments, CIB_file=ours)
        if a != b or read(theirs) != read(ours):
            return f'crm_attribute {arguments}\ntheirs {a}\nours {b}\n' + subprocess.run(
                ['diff', theirs, ours], capture_output=True, text=True).stdout
    return ''


def main():
    if subprocess.run([here + '/oracle.sh'], capture_output=True).returncode != 0:
        print("1..0 # SKIP Debian's packages cannot be had")
        return
    seeds = int(os.environ.get('CIB_SEEDS', '2'))
    first = int(os.environ.get('CIB_FIRST_SEED', '1'))
    folder = tempfile.mkdtemp(prefix='cib-tools.')
    try:
        print(f'1..{3 * seeds + 1}')
        for seed in range(first, first + seeds):
            details = compare_operations(seed, folder)
            result(not details, f'cibadmin on files, seed {seed}', details)
            details = compare_operations(seed, folder, restricted=True)
            result(not details, f'cibadmin on files with access control, seed {seed}', details)
            details = compare_patches(seed, folder)
            result(not details, f'crm_diff, seed {seed}', details)
        details = compare_attributes(folder)
        result(not details, 'crm_attribute on files', details)
    finally:
        shutil.rmtree(folder)


main()
