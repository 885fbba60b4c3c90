"""The demonstration `./demo` runs: three hosts, one web service, one power failure."""
import argparse
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import lab as L  # noqa: E402
import cluster   # noqa: E402

NAME = "demo"


class Progress:
    """A long step's line: dots while it runs, its seconds when done."""

    def __init__(self, text):
        self.text = text

    def __enter__(self):
        self.begin = time.monotonic()
        print("   %s " % self.text, end="", flush=True)
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.dots)
        self.thread.start()
        return self

    def dots(self):
        while not self.stop.wait(1):
            print(".", end="", flush=True)

    def __exit__(self, kind, value, tb):
        self.stop.set()
        self.thread.join()
        print(" %s, %.1f s" % ("done" if kind is None else "FAILED", time.monotonic() - self.begin),
              flush=True)


def title(text):
    print("\n== %s" % text, flush=True)


def indent(text):
    print("".join("   | %s\n" % line for line in text.splitlines()), end="", flush=True)


def scenario(c):
    one, two, three = c.hosts
    title("Start: systemctl start corosync pacemaker")
    with Progress("waiting for three nodes online with quorum and a DC"):
        c.start_stack(c.hosts)
        c.wait_complete()
    print("   the DC is %s" % c.dc())

    title("Configure: cibadmin -M -c -o configuration -x web-cluster.xml")
    with Progress("waiting for the web page at http://%s/" % cluster.VIP):
        c.load_example(two)
        c.wait_page(["node1"])
    with Progress("waiting until all is started"):
        L.wait_until(lambda: "Starting" not in c.mon() and "Started: [ node1 node2 node3 ]" in c.mon(), 60,
                     lambda: "all resources started; crm_mon says:\n" + c.mon())
    print("   crm_mon -1 on node2:")
    indent(c.mon(two))
    print("   curl http://%s/  ->  served by %s (it prefers node1)" % (cluster.VIP, c.page()))

    title("Power failure of node1")
    with Progress("waiting for the page from another host"):
        one.power_off()
        begin = time.monotonic()
        c.wait_page(["node2", "node3"])
        seconds = time.monotonic() - begin
    print("   the page comes from %s again, %.1f s after the power was cut" % (c.page(), seconds))
    indent(c.mon(two))

    title("Power back on node1")
    with Progress("booting it and waiting for it to rejoin"):
        one.boot()
        c.start_stack([one])
        c.wait_complete()
    with Progress("waiting for the service to return to the host it prefers"):
        c.wait_page(["node1"])
    indent(c.mon(two))


def hints(keep):
    title("What to type next")
    if keep:
        print("""   tests/lab/lab --name demo shell node1        a shell on a host; try crm_mon, cibadmin -Q
   tests/lab/lab --name demo poweroff node2     another power failure; `boot node2` brings it back
   tests/lab/lab --name demo cut node3          pull its network cables; `heal node3`
   tests/lab/lab --name demo hub curl -s http://%s/
   ./demo down                                  remove everything""" % cluster.VIP)
    else:
        print("""   ./demo --keep     the same, and the hosts stay for you to play with
   ./check           all tests
   less README.md    how to install it for real""")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--build", required=True)
    ap.add_argument("--keep", action="store_true")
    ap.add_argument("--stack", default="ours", choices=sorted(L.STACK_PACKAGES))
    ap.add_argument("action", nargs="?", choices=["down"])
    args = ap.parse_args()
    the_lab = L.Lab(NAME)
    if args.action == "down" or the_lab.exists():
        the_lab.down()
        if args.action == "down":
            print("the demo's hosts are gone")
            return 0
    begin, ok = time.monotonic(), False
    try:
        title("Three hosts")
        with Progress("making their disks and network, booting"):
            the_lab.create([args.stack] * 3, args.build, say=lambda text: print(text, end=" ", flush=True))
            c = cluster.Cluster(the_lab)
            c.configure()
            c.boot()
        scenario(c)
        ok = True
        print("\n   the whole demonstration took %.0f s" % (time.monotonic() - begin))
    except L.LabError as err:
        print("\nfailed: %s" % err, file=sys.stderr)
        if the_lab.exists():
            args.keep = True
            print("\nThe hosts are left as they are. Look at\n"
                  "   tests/lab/lab --name demo run node1 tail -50 /var/log/pacemaker/pacemaker.log\n"
                  "   tests/lab/lab --name demo run node1 tail -50 /var/log/corosync/corosync.log\n"
                  "   tests/lab/lab --name demo run node1 journalctl -b -p err\n"
                  "and remove them with ./demo down", file=sys.stderr)
    finally:
        if not args.keep:
            the_lab.down()
    if ok:
        hints(args.keep)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
