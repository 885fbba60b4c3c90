#!/usr/bin/env python3
"""Our crm_mon and crm_resource beside Debian's on the recorded cluster states: what they print must be equal.

Every STATUS_STEP-th state is shown in every form (default 40; 1: all). Speaks TAP, one test a form."""
import glob
import os
import re
import subprocess
import tarfile
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
build = os.path.abspath(os.environ.get('top_builddir', '.'))
step = int(os.environ.get('STATUS_STEP', '40'))
FORMS = [('crm_mon', form.split()) for form in (
    '-1', '-1 -r', '-1 -r -R -A -f -c -L', '-1 -o -t', '-1 -n', '-1 -n -r -f', '-1 -b', '-1 -b -r',
    '-1 -n -b', '-1 -D -Q', '-1 --output-as=xml', '-1 -n --output-as=xml')]
FORMS += [('crm_resource', form.split()) for form in (
    '-L', '-l', '-o', '-L --output-as=xml')]


def clean(text):
    """Without moments, the tool's path and the messages the libraries log."""
    text = re.sub(r'request="[^"]*"|(Last updated: ).*|<last_update [^>]*>', '', text)
    noise = re.compile(r'\(\w+\) |Schema validation of|.* validity error : ')
    return [line for line in text.splitlines() if not noise.match(line)]


def run(program, arguments, state, schemas, libraries=None):
    env = dict(os.environ, CIB_file=state, TZ='UTC', LC_ALL='C.UTF-8', PCMK_schema_directory=schemas)
    if libraries:
        env['LD_LIBRARY_PATH'] = libraries
    p = subprocess.run([program] + arguments, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=600)
    return p.returncode, clean(p.stdout.decode('utf8', 'replace')), clean(p.stderr.decode('utf8', 'replace'))


def first_difference(theirs, ours):
    for a, b in zip(theirs[1] + theirs[2] + ['end'], ours[1] + ours[2] + ['end']):
        if a != b:
            return f'theirs: {a}\nours:   {b}'
    return f'theirs: {theirs[0]} {theirs[2]}\nours:   {ours[0]} {ours[2]}'


def main():
    p = subprocess.run([here + '/oracle.sh'], capture_output=True, text=True)
    oracle = p.stdout.strip()
    if p.returncode != 0:
        print("1..0 # SKIP Debian's packages cannot be had")
        return
    libraries = os.pathsep.join(glob.glob(f'{oracle}/usr/lib/*-linux-*') + [f'{oracle}/usr/lib'])
    with tempfile.TemporaryDirectory(prefix='status-output.') as folder:
        with tarfile.open(here + '/../conformance/scheduler.tar.xz') as archive:
            names = sorted(name for name in archive.getnames() if name.endswith('.xml'))
            for name in names[::step]:
                archive.extract(name, folder)
        states = sorted(glob.glob(folder + '/**/*.xml', recursive=True))
        print(f'1..{len(FORMS)}')
        for number, (tool, form) in enumerate(FORMS, 1):
            bad, details = [], ''
            for state in states:
                theirs = run(f'{oracle}/usr/sbin/{tool}', form, state, f'{oracle}/usr/share/pacemaker',
                             libraries)
                ours = run(f'{build}/{tool}', form, state, f'{build}/xml')
                if theirs != ours:
                    bad.append(os.path.basename(state))
                    details = details or first_difference(theirs, ours)
            name = f'{len(states)} states: {tool} {" ".join(form)}'
            print(f'{"not ok" if bad else "ok"} {number} - {name}', flush=True)
            for line in (details + '\n' + ' '.join(bad)).splitlines() if bad else []:
                print('#   ' + line[:300])


main()
