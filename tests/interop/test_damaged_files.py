#!/usr/bin/env python3
"""A file that is cut off is refused by each tool that reads one:
an exit status, the line, and the file as it was.

Speaks TAP."""
import os
import subprocess
import sys
import tempfile

CIB = '''\
<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0">
  <configuration>
    <crm_config/>
    <nodes><node id="1" uname="node1"/></nodes>
    <resources/>
    <constraints/>
  </configuration>
  <status/>
</cib>
'''
DAMAGED = CIB[:CIB.index('uname=')]
COMMANDS = '''crm_verify -x FILE|crm_simulate -x FILE -S|crm_diff -o FILE -n WHOLE|crm_diff -o WHOLE -n FILE
cibadmin -R -x FILE|cibadmin -Q|cibadmin -C -o resources -X <primitive|crm_mon -1|crm_resource -l
crm_attribute -n x -v 1|crm_rule -c -r x -X <cib'''.replace('\n', '|').split('|')


def run(command, folder):
    """What a command says about a damaged file, and whether it left it as it was."""
    program, *arguments = command.split()
    paths = {'FILE': folder + '/damaged.xml', 'WHOLE': folder + '/whole.xml'}
    for path, text in ((paths['FILE'], DAMAGED), (paths['WHOLE'], CIB)):
        with open(path, 'w', encoding='utf8') as f:
            f.write(text)
    reads_cib = 'FILE' not in arguments and '-X' not in arguments
    build = os.environ.get('top_builddir', '.')
    environment = dict(os.environ, PCMK_schema_directory=build + '/xml',
                       CIB_file=paths['FILE' if reads_cib else 'WHOLE'])
    tool = f'{build}/tools/{program}'
    p = subprocess.run([tool if os.path.exists(tool) else f'{build}/{program}',
                        *(paths.get(a, a) for a in arguments)], env=environment,
                       stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    with open(paths['FILE'], encoding='utf8') as f:
        unchanged = f.read() == DAMAGED
    return p.returncode, p.stderr, unchanged


def main():
    with tempfile.TemporaryDirectory() as folder:
        for number, command in enumerate(COMMANDS, 1):
            status, errors, unchanged = run(command, folder)
            line = 'line 1' if '-X' in command else 'line 4'
            refused = 0 < status < 128 or command == 'crm_mon -1' and status == 0       # as Debian's
            good = refused and line in errors and unchanged
            print(f"{'ok' if good else 'not ok'} {number} - {command}")
            if not good:
                print(f'# exit status {status}, unchanged {unchanged}, said:', *errors.splitlines(),
                      sep='\n#   ')
    print(f'1..{len(COMMANDS)}')


sys.stdout.reconfigure(line_buffering=True)
main()
