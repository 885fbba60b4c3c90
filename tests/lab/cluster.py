"""The web cluster of the demo, as steps that the demo and the lab tests share."""
import os

import lab as L

VIP = "10.77.0.100"
EXAMPLES = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "doc", "examples")


class Cluster:
    def __init__(self, the_lab):
        self.lab = the_lab
        self.hosts = the_lab.hosts()

    def configure(self, **corosync):
        L.configure_corosync(self.hosts, **corosync)
        for h in self.hosts:
            h.write("/var/www/html/index.html", "<h1>served by %s</h1>\n" % h.name)
            h.write("/etc/apache2/conf-enabled/lab.conf", "ServerName %s\n" % h.name)

    def boot(self):
        for h in self.hosts:
            h.start()
        for h in self.hosts:
            h.wait_booted()

    @staticmethod
    def start_stack(hosts):
        for h in hosts:
            h.run("systemctl", "start", "--no-block", "corosync", "pacemaker")

    def up_hosts(self):
        return [h for h in self.hosts if h.running()]

    # ---- what the cluster says ----

    def mon(self, host=None, *options):
        host = host or self.up_hosts()[0]
        return host.run("crm_mon", "-1", *options, check=False).stdout

    def online(self, host):
        """Names crm_mon on that host shows online."""
        for line in self.mon(host).splitlines():
            if "* Online: [" in line:
                return line.split("[", 1)[1].split("]", 1)[0].split()
        return []

    def dc(self, host=None):
        """Name of the DC as this host sees it, or the first whose stack answers; or None."""
        for h in [host] if host else self.up_hosts():
            out = h.run("crmadmin", "-D", "-q", check=False)
            lines = out.stdout.strip().splitlines()
            if out.returncode == 0 and lines:
                return lines[-1].strip()
        return None

    def quorate(self, host):
        return "partition with quorum" in self.mon(host)

    def complete(self, names=None):
        """All hosts see exactly these nodes online, with quorum and a DC."""
        names = names or [h.name for h in self.hosts]
        return all(self.online(h) == sorted(names) and self.quorate(h) for h in self.hosts if h.name in names)

    def wait_complete(self, names=None, timeout=90):
        return L.wait_until(lambda: self.complete(names), timeout,
                            lambda: "%s online with quorum and a DC; crm_mon says:\n%s" % (
                                " ".join(names or ["all nodes"]), self.mon()))

    def by_name(self, name):
        return next(h for h in self.hosts if h.name == name)

    def idle(self):
        """The host of the DC if that sees nothing to do now."""
        name = self.dc()
        dc = self.by_name(name) if name else None
        return dc if dc and "S_IDLE" in dc.run("crmadmin", "-S", name, check=False).stdout else None

    def at_rest(self):
        """The DC is idle, and what the CIB asks for is done."""
        dc = self.idle()
        return dc and dc.run("crm_resource", "--wait", "--timeout=60s", check=False).returncode == 0

    def wait_rest(self, timeout=120):
        L.wait_until(self.at_rest, timeout, lambda: "the cluster to come to rest; crm_mon says:\n" +
                     self.mon())

    # ---- the service ----

    def load_example(self, host):
        with open(os.path.join(EXAMPLES, "web-cluster.xml")) as f:
            host.write("/root/web-cluster.xml", f.read())
        host.run("cibadmin", "-M", "-c", "-o", "configuration", "-x", "/root/web-cluster.xml")

    def load_example_with_crmsh(self, host):
        """The same, as a user of Debian's crmsh does it."""
        with open(os.path.join(EXAMPLES, "web-cluster.crm")) as f:
            host.write("/root/web-cluster.crm", f.read())
        host.run("crm", "configure", "load", "update", "/root/web-cluster.crm")

    def page(self):
        """Name of the host that serves the page through the virtual address, or None."""
        p = self.lab.on_hub("curl", "-s", "--max-time", "2", "http://%s/" % VIP, check=False)
        if p.returncode != 0 or "served by " not in p.stdout:
            return None
        return p.stdout.split("served by ", 1)[1].split("<", 1)[0]

    def wait_page(self, names, timeout=60):
        """Seconds until the page comes from one of these hosts."""
        return L.wait_until(lambda: self.page() in names, timeout,
                            lambda: "the web page from %s; crm_mon says:\n%s" %
                            (" or ".join(names), self.mon()))

    def copies(self):
        """Hosts on which the address or the web server runs: pairs (address holders, web servers)."""
        addresses, servers = [], []
        for h in self.up_hosts():
            if VIP + "/" in h.out("ip", "-o", "-4", "addr", "show", "dev", "eth0"):
                addresses.append(h.name)
            if h.pids("apache2"):
                servers.append(h.name)
        return addresses, servers
