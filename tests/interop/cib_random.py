"""Random configurations and changes of them, for comparing our CIB tools with Debian's.
Everything follows from one seed."""
import random
import xml.etree.ElementTree as ET

IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g1', 'x.y', 'Z']


def parse(text):
    return ET.fromstring(text, ET.XMLParser(target=ET.TreeBuilder(insert_comments=True)))


class Random:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.makers = {
            'resources': self.resource, 'nodes': self.node, 'constraints': self.constraint,
            'status': self.node_state,
            'crm_config': self.properties, 'rsc_defaults': lambda: self.nvset('meta_attributes'),
            'op_defaults': lambda: self.nvset('meta_attributes'), 'tags': self.tag, 'alerts': self.alert}

    def id(self):
        return self.r.choice(IDS)

    def chance(self, p):
        return self.r.random() < p

    def element(self, name, attributes, body=''):
        items = list(attributes.items())
        if self.chance(.2):
            self.r.shuffle(items)
        text = ''.join(f' {k}="{v}"' for k, v in items)
        return f'<{name}{text}>{body}</{name}>' if body else f'<{name}{text}/>'

    def several(self, maker, least, most):
        return ''.join(maker() for _ in range(self.r.randint(least, most)))

    def comment(self):
        if not self.chance(.25):
            return ''
        return self.r.choice(['<!-- one -->', '<!-- two -->', '<!--ONE-->', '<!-- One -->'])

    def nvpair(self):
        values = ['1', '2', 'value++', 'value+=3', 'true', '', 'a&amp;b', 'ü', '&lt;&quot;q', "it's"]
        attributes = {'id': 'nv-' + self.id(), 'name': self.r.choice(['p', 'q', 'r', 'target-role']),
                      'value': self.r.choice(values)}
        if self.chance(.1):
            attributes.pop('value')
        return self.element('nvpair', attributes)

    def nvset(self, name):
        return self.element(name, {'id': f'{name[0]}s-{self.id()}'}, self.several(self.nvpair, 0, 3))

    def primitive(self):
        attributes = {'id': 'p-' + self.id(), 'class': 'ocf',
                      'provider': self.r.choice(['pacemaker', 'heartbeat']),
                      'type': self.r.choice(['Dummy', 'Stateful'])}
        if self.chance(.2):
            attributes['description'] = self.r.choice(['x', 'y', 'description++'])
        body = self.comment() + ''.join(self.nvset(self.r.choice(['meta_attributes', 'instance_attributes']))
                                        for _ in range(self.r.randint(0, 2)))
        if self.chance(.4):
            monitor = lambda: {'id': 'op-' + self.id(), 'name': 'monitor', 'interval': '1s'}
            ops = self.several(lambda: self.element('op', monitor()), 0, 2)
            body += f'<operations>{ops}</operations>'
        return self.element('primitive', attributes, body)

    def group(self):
        return self.element('group', {'id': 'g-' + self.id()},
                            self.several(self.primitive, 1, 2) + self.comment())

    def resource(self):
        return self.r.choice([self.primitive, self.primitive, self.group])()

    def node(self):
        n = self.r.choice('123')
        body = (f'<instance_attributes id="nodes-{n}">'
                f'<nvpair id="nodes-{n}-s" name="standby" value="on"/></instance_attributes>')
        return self.element('node', {'id': n, 'uname': 'n' + n}, body if self.chance(.5) else '')

    def constraint(self):
        return self.element('rsc_location', {'id': 'l-' + self.id(), 'rsc': 'p-' + self.id(), 'node': 'n1',
                                             'score': self.r.choice(['10', 'INFINITY', 'score++'])})

    def node_state(self):
        n = self.r.choice('123')
        body = ''
        if self.chance(.6):
            pairs = ''.join(f'<nvpair id="status-{n}-{k}" name="{k}" '
                            f'value="{self.r.choice(["1", "2", "value++"])}"/>'
                            for k in self.r.sample(['pingd', 'x', 'y'], self.r.randint(0, 3)))
            body = (f'<transient_attributes id="{n}"><instance_attributes id="status-{n}">{pairs}'
                    '</instance_attributes></transient_attributes>')
        if self.chance(.3):
            body += f'<lrm id="{n}"><lrm_resources/></lrm>'
        attributes = {'id': n, 'uname': 'n' + n, 'in_ccm': self.r.choice(['true', 'false']),
                      'crm-debug-origin': self.r.choice('fg')}
        return self.element('node_state', attributes, body)

    def properties(self):
        names = self.r.sample(['stonith-enabled', 'symmetric-cluster', 'foo'], self.r.randint(0, 3))
        pairs = ''.join(f'<nvpair id="cbo-{k}" name="{k}" value="{self.r.choice(["true", "false"])}"/>'
                        for k in names)
        return f'<cluster_property_set id="cib-bootstrap-options">{pairs}</cluster_property_set>'

    def tag(self):
        return f'<tag id="t-{self.id()}"><obj_ref id="p-{self.id()}"/></tag>'

    def alert(self):
        return f'<alert id="al-{self.id()}" path="/x"/>'

    def section(self):
        return self.r.choices(list(self.makers), [8, 3, 3, 6, 3, 1, 1, 1, 1])[0]

    def wrapped(self, section, most=4):
        body = self.several(lambda: self.comment() + self.makers[section](), 0, most)
        return f'<{section}>{body}</{section}>'

    def xpath(self):
        i = self.id()
        return self.r.choice([
            f"//primitive[@id='p-{i}']", "//nvpair[@name='q']", '//primitive', '//group', '//node_state',
            f"//*[@id='nv-{i}']", '/cib/configuration/resources', '//op', '//nvpair/@value', '//comment()',
            '//resources/*', '/cib/status', '//bogus', '//instance_attributes|//meta_attributes'])

    def cib(self, schema='none', full=False):
        literal = lambda text: text.replace('++"', '"').replace('+=3"', '"')
        sections = [self.wrapped(s, 6) if full else f'<{s}/>'
                    for s in ('crm_config', 'nodes', 'resources', 'constraints')]
        return literal(f'<cib crm_feature_set="3.16.1" validate-with="{schema}" epoch="5" num_updates="2" '
                       f'admin_epoch="0"><configuration>{"".join(sections)}'
                       f'</configuration>{self.wrapped("status")}</cib>')

    def acls(self):
        """Permissions of the user tony, who is to be restricted."""
        paths = ['/cib', '/cib/configuration', '//resources', '//primitive', '/cib/status', '//nvpair',
                 '//node_state', '//constraints', '//meta_attributes', '//@value', '//crm_config', '//group',
                 '//op']
        types = ['primitive', 'nvpair', 'status', 'node', 'cib']
        permissions = ''
        for i in range(self.r.randint(1, 6)):
            what = self.r.choice([f'xpath="{self.r.choice(paths)}"', f'reference="p-{self.id()}"',
                                  f'object-type="{self.r.choice(types)}"',
                                  'object-type="nvpair" attribute="value"'])
            kind = self.r.choice(['read', 'write', 'deny', 'read', 'write'])
            permissions += f'<acl_permission id="pm{i}" kind="{kind}" {what}/>'
        return ('<acls><acl_target id="tony"><role id="ro"/></acl_target>'
                f'<acl_role id="ro">{permissions}</acl_role></acls>')

    def restricted_cib(self):
        enable = ('<crm_config><cluster_property_set id="acs"><nvpair id="acs-e" name="enable-acl" '
                  'value="true"/></cluster_property_set></crm_config>')
        text = self.cib().replace('<crm_config/>', enable)
        text = text.replace('</configuration>', self.acls() + '</configuration>')
        resources = self.wrapped('resources', 4).replace('++"', '"').replace('+=3"', '"')
        return text.replace('<resources/>', resources)

    def change_tree(self, text, most):
        """The configuration with up to most small changes, made by hand."""
        root = parse(text)
        for _ in range(self.r.randint(0, most)):
            e = self.r.choice(list(root.iter()))
            k = self.r.random()
            if k < .3 and len(e) > 1 and e is not root:
                children = list(e)
                self.r.shuffle(children)
                e[:] = children
            elif k < .5 and len(e) and e is not root and e.tag != 'configuration':
                e.remove(self.r.choice(list(e)))
            elif k < .6 and isinstance(e.tag, str) and e is not root:
                items = list(e.attrib.items())
                self.r.shuffle(items)
                e.attrib.clear()
                e.attrib.update(items)
            elif k < .65:
                root.set('epoch', str(int(root.get('epoch', '0')) + self.r.randint(-1, 3)))
            elif k < .7:
                root.set('num_updates', str(int(root.get('num_updates', '0')) + self.r.randint(-1, 3)))
            elif k < .75 and isinstance(e.tag, str) and e is not root:
                e.set(self.r.choice(['x', 'value', 'description']), self.r.choice(['1', 'a b']))
            elif isinstance(e.tag, str) and e.tag in self.makers:
                e.insert(self.r.randint(0, len(e)), parse(self.makers[e.tag]()))
        return ET.tostring(root, encoding='unicode')

    def operation(self, text):
        """Arguments of cibadmin for one change or query of the configuration text."""
        s, k = self.section(), self.r.random()
        scope = lambda p: ['-o', s] if self.chance(p) else []
        one = self.makers[s]
        if k < .2:
            return ['-C', '-X', self.r.choice([one(), self.wrapped(s)])] + scope(.75)
        if k < .4:
            inputs = [one(), self.wrapped(s), self.wrapped(s), '<cib epoch="epoch++"/>',
                      '<cib admin_epoch="admin_epoch++" num_updates="5"/>',
                      f'<cib epoch="{self.r.randint(0, 40)}"/>',
                      f'<cib><configuration>{self.wrapped("resources")}'
                      f'</configuration>{self.wrapped("status")}</cib>']
            return ['-M', '-X', self.r.choice(inputs)] + scope(.6) + (['-c'] if self.chance(.4) else [])
        if k < .5:
            return ['-M', '-A', self.xpath(), '-X',
                    self.r.choice([one(), self.nvpair(), self.primitive(), self.wrapped(s)])]
        if k < .58:
            return ['-R', '-X', self.r.choice([one(), self.wrapped(s)])] + scope(.6)
        if k < .66:
            part = self.r.choice(['resources', 'configuration', 'status', 'bogus'])
            return ['-R', '-X', self.change_tree(text, 4)] + (['-o', part] if self.chance(.2) else [])
        if k < .7:
            return ['-R', '-A', self.xpath(), '-X',
                    self.r.choice([self.primitive(), self.group(), self.nvpair()])]
        if k < .8:
            wanted = self.r.choice([one(), f'<primitive id="p-{self.id()}"/>', '<nvpair name="q"/>',
                                    '<NVPAIR name="Q"/>', '<op/>', '<resources/>',
                                    '<resources><primitive/><group/></resources>',
                                    '<node_state uname="n1"/>'])
            if not self.chance(.5):
                return ['-D', '-X', wanted]
            return ['-D', '-X', wanted, '-o', self.r.choice([s, 'resources', 'bogus'])]
        if k < .86:
            return ['-D', '-A', self.xpath()] if self.chance(.7) else ['-d', '-f', '-A', self.xpath()]
        if k < .89:
            return self.r.choice([['-B'], ['-E', '-f']])
        return ['-Q'] + self.r.choice([['-o', s], ['-A', self.xpath()], ['-A', self.xpath(), '-e'],
                                       ['-A', self.xpath(), '-n'],
                                       ['-o', s, '-n'], ['-o', 'bogus']])
