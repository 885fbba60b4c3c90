"""Lab hosts: several full systemd machines on one, for the demo and the tests.

A host is an overlay of this machine's root (so nothing of it is changed), booted by systemd-nspawn in a
network namespace of its own with two legs, eth0 and eth1, into two bridges that live in a hub namespace;
nothing leaves. Power failure is SIGKILL of everything on the host at once; disks (the overlay) survive it.

State of a lab lives under /run/quorate-lab/NAME, so that the command `lab` and tests can share one.
Package layers are cached in /var/cache/quorate-lab. Needs root.
"""
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

RUN = "/run/quorate-lab"
CACHE = "/var/cache/quorate-lab"
NET = ("10.77.0", "10.77.1")          # /24 of eth0 and eth1; host N is .N, the hub is .254 on both
HUB_OCTET = 254
DOMAIN_PORTS = 5405
PATIENCE = 4                          # limits of waiting are for a machine to itself; a busy one takes longer
LAYER_SIZE = "6g"                     # upper bound of the lab's tmpfs, not a reservation

# What every kind of host has besides the stack under test
COMMON_PACKAGES = ["resource-agents", "apache2", "curl", "iputils-ping", "iproute2", "nftables", "dbus",
                   "procps", "psmisc", "python3-minimal", "libqb100", "libknet1", "libxml2", "libxslt1.1",
                   "libglib2.0-0", "libnss3", "libgnutls30", "libltdl7", "bzip2", "libncurses6", "libuuid1"]
STACK_PACKAGES = {
    "none": [],
    "ours": [],
    # Debian's whole stack: the peer and the oracle
    "debian": ["corosync", "pacemaker", "pacemaker-cli-utils", "crmsh", "pcs", "fence-agents",
               "corosync-qdevice", "corosync-qnetd"],
    # a remote node of Debian's
    "debian-remote": ["pacemaker-remote", "pacemaker-cli-utils"],
    # Debian's pacemaker and tools on our corosync and its libraries
    "ours-corosync": ["corosync", "pacemaker", "pacemaker-cli-utils", "crmsh"],
}
# What `make install` takes the places of
REPLACED_PACKAGES = ["corosync", "libcfg7", "libcmap4", "libcorosync-common4", "libcpg4", "libquorum5",
                     "libsam4", "libvotequorum8", "pacemaker", "pacemaker-cli-utils", "pacemaker-common",
                     "pacemaker-resource-agents", "libcib27", "libcrmcluster29", "libcrmcommon34",
                     "libcrmservice28", "liblrmd28", "libpacemaker1", "libpe-rules26", "libpe-status28",
                     "libstonithd26"]
# Debian's cluster with our scheduler daemon alone
SAME_PACKAGES = {"debian+schedulerd": "debian"}
# Our whole stack with Debian's shells on it: what Debian's stack brings, less REPLACED_PACKAGES
STACK_PACKAGES["ours+shells"] = STACK_PACKAGES["debian"]
# What of our build such a host has: None is everything
PARTS = {"ours": None, "ours+shells": None, "ours-corosync": "corosync", "debian+schedulerd": "schedulerd"}
MASKED = ["systemd-udevd.service", "systemd-udev-trigger.service", "systemd-networkd.service",
          "systemd-resolved.service", "systemd-timesyncd.service", "systemd-modules-load.service",
          "systemd-sysctl.service", "apache2.service", "systemd-update-utmp.service",
          "systemd-journal-flush.service", "apparmor.service", "docker.service", "docker.socket",
          "ssh.service", "sys-kernel-config.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
          "dev-hugepages.mount", "dev-mqueue.mount", "proc-sys-fs-binfmt_misc.automount",
          "systemd-binfmt.service", "systemd-firstboot.service", "ldconfig.service",
          "systemd-hwdb-update.service", "systemd-machine-id-commit.service"]


class LabError(Exception):
    """A step failed; the text says what to look at."""


def run(*argv, check=True, quiet=False, timeout=600, input=None):
    """Run a command on this machine; raises LabError with its output when it fails."""
    p = subprocess.run(argv, stdin=subprocess.DEVNULL if input is None else None, input=input, text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout)
    if check and p.returncode != 0:
        raise LabError("`%s` failed with status %d:\n%s" % (" ".join(argv), p.returncode, p.stdout[-3000:]))
    return p


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            return [int(x) for x in f.read().split()]
    except OSError:
        return []


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def unmount(path):
    while os.path.ismount(path):
        if run("umount", path, check=False).returncode != 0:
            run("umount", "-l", path)


@contextlib.contextmanager
def chroot_of(lower, upper, work, mountpoint):
    """An overlay root with /proc and /dev in which packages can be installed; changes go to upper."""
    for d in (upper, work, mountpoint):
        os.makedirs(d, exist_ok=True)
    run("mount", "-t", "overlay", "overlay", "-o",
        "lowerdir=%s,upperdir=%s,workdir=%s" % (lower, upper, work), mountpoint)
    try:
        run("mount", "-t", "proc", "proc", mountpoint + "/proc")
        run("mount", "--bind", "/dev", mountpoint + "/dev")
        run("mount", "-t", "tmpfs", "tmpfs", mountpoint + "/run")
        yield mountpoint
    finally:
        for sub in ("/run", "/dev", "/proc", ""):
            unmount(mountpoint + sub)
        shutil.rmtree(work, ignore_errors=True)


class Lab:
    def __init__(self, name="lab"):
        if not name.replace("-", "").isalnum() or len(name) > 12:
            raise LabError("lab name %r: letters, digits and '-' only, at most 12" % name)
        self.name = name
        self.dir = os.path.join(RUN, name)
        self.hub = "ql-%s-hub" % name
        self.layers = os.path.join(self.dir, "layers")
        self.shared = os.path.join(self.dir, "shared")

    # ---- state ----------------------------------------------------------------------------------

    def exists(self):
        return os.path.exists(os.path.join(self.dir, "state.json"))

    def state(self):
        with open(os.path.join(self.dir, "state.json")) as f:
            return json.load(f)

    def hosts(self):
        return [Host(self, h["number"], h["stack"]) for h in self.state()["hosts"]] if self.exists() else []

    def host(self, number):
        for h in self.hosts():
            if h.number == number:
                return h
        raise LabError("there is no host %s in lab %s" % (number, self.name))

    # ---- layers ---------------------------------------------------------------------------------

    def package_layer(self, stack, say):
        """The directory of a layer with the packages hosts of that stack need; cached as an archive."""
        stack = SAME_PACKAGES.get(stack, stack)
        packages = COMMON_PACKAGES + STACK_PACKAGES[stack]
        with open("/var/lib/dpkg/status", "rb") as f:
            key = hashlib.sha256(f.read() + " ".join(packages).encode()).hexdigest()[:16]
        kind = "packages" if not STACK_PACKAGES[stack] else "packages-" + stack
        layer = os.path.join(self.layers, kind)
        if os.path.isdir(layer):
            return layer
        os.makedirs(CACHE, exist_ok=True)
        archive = os.path.join(CACHE, "%s-%s.tar" % (kind, key))
        with open(os.path.join(CACHE, ".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.exists(archive):
                say("installing %s into a layer of the lab hosts (once)" %
                    " ".join(packages[:2] + STACK_PACKAGES[stack][:3]))
                self.build_package_layer(kind, packages, archive,
                                         REPLACED_PACKAGES if stack == "ours+shells" else [])
                # layers of an earlier state of this machine are of no use
                for old in os.listdir(CACHE):
                    of_kind = old.startswith(kind + "-") and old[len(kind) + 1:].count("-") == 0
                    if of_kind and old != os.path.basename(archive):
                        os.unlink(os.path.join(CACHE, old))
        os.makedirs(layer + ".tmp")
        run("tar", "-C", layer + ".tmp", "--xattrs", "--xattrs-include=*", "-xf", archive)
        os.rename(layer + ".tmp", layer)
        return layer

    def build_package_layer(self, kind, packages, archive, purged):
        build = os.path.join(self.layers, "build-" + kind)
        with chroot_of("/", build + "/upper", build + "/work", build + "/root") as root:
            with open(root + "/usr/sbin/policy-rc.d", "w") as f:
                f.write("#!/bin/sh\nexit 101\n")      # nothing is started while packages are installed
            os.chmod(root + "/usr/sbin/policy-rc.d", 0o755)
            env = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"]
            apt = ["apt-get", "-q", "-y", "-o", "Dpkg::Options::=--force-unsafe-io", "-o",
                   "Dpkg::Options::=--force-confold"]
            if run("chroot", root, *env, *apt, "--no-install-recommends", "install", *packages,
                   check=False).returncode != 0:
                run("chroot", root, *env, "apt-get", "-q", "update")
                run("chroot", root, *env, *apt, "--no-install-recommends", "install", *packages)
            if purged:
                run("chroot", root, *env, "dpkg", "--purge", "--force-depends", *purged)
            run("chroot", root, "apt-get", "clean")
            os.unlink(root + "/usr/sbin/policy-rc.d")
            for leftover in ("/etc/corosync/corosync.conf", "/etc/corosync/authkey"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(root + leftover)
        upper = build + "/upper"
        shutil.rmtree(upper + "/var/lib/apt/lists", ignore_errors=True)
        run("tar", "-C", upper, "--xattrs", "--xattrs-include=*", "-cf", archive + ".tmp", ".")
        os.rename(archive + ".tmp", archive)
        shutil.rmtree(build)

    def stack_layer(self, build_dir, only=None):
        """A layer with our programs as installed.

        build_dir: a build tree, or a folder that is the DESTDIR of a `make install` already.
        only: 'corosync' takes the cluster engine's files alone, 'schedulerd' the scheduler daemon alone."""
        layer = os.path.join(self.layers, "stack" + ("-" + only if only else ""))
        if os.path.isdir(layer):
            return layer
        staging = layer + ".tmp"
        if os.path.exists(os.path.join(build_dir, "Makefile")):
            env = ["env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL"]
            # installing links libraries anew
            with open(os.path.join(build_dir, ".lab-lock"), "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                run(*env, "make", "-s", "-C", build_dir, "install", "DESTDIR=" + staging, timeout=900)
        else:
            run("cp", "-a", build_dir, staging)
        if only == "corosync":
            self.keep_only(staging, ("corosync", "libcpg", "libcmap", "libcfg", "libquorum", "libvotequorum",
                                     "libsam",
                                     "libcorosync_common"), "/corosync")
        elif only:
            self.keep_only(staging, ("pacemaker-" + only,))
        os.rename(staging, layer)
        return layer

    @staticmethod
    def keep_only(staging, prefixes, folder_part=None):
        """Remove from a staged installation all files but those with these names or in such a folder."""
        kept = 0
        for folder, _, files in os.walk(staging):
            for f in files:
                if f.startswith(prefixes) or folder_part and folder_part in folder[len(staging):]:
                    kept += 1
                else:
                    os.unlink(os.path.join(folder, f))
        if kept == 0:
            raise LabError("the build installs none of %s" % " ".join(prefixes))

    # ---- life -----------------------------------------------------------------------------------

    def create(self, stacks, build_dir=None, say=lambda text: None):
        """Prepare hosts 1..len(stacks), one stack name each; nothing is booted yet."""
        if self.exists():
            raise LabError("lab %s exists already; `lab down --name %s` removes it" % (self.name, self.name))
        os.makedirs(self.dir, exist_ok=True)
        run("mount", "-t", "tmpfs", "-o", "size=%s,mode=0755" % LAYER_SIZE, "quorate-lab", self.dir)
        try:
            os.makedirs(self.layers)
            hosts = []
            for number, stack in enumerate(stacks, 1):
                lowers = [self.package_layer(stack, say)]
                if stack in PARTS:
                    lowers.insert(0, self.stack_layer(build_dir, PARTS[stack]))
                hosts.append({"number": number, "stack": stack, "lowers": lowers})
            self.create_hub()
            with open(os.path.join(self.dir, "state.json"), "w") as f:
                json.dump({"hosts": hosts}, f)
            for h in self.hosts():
                h.prepare()
        except BaseException:
            self.down()
            raise

    def create_hub(self):
        run("ip", "netns", "add", self.hub)
        run("ip", "-n", self.hub, "link", "set", "lo", "up")
        for i, net in enumerate(NET):
            # an address of its own: else it is that of a leg, and changes when that host loses its power
            run("ip", "-n", self.hub, "link", "add", "br%d" % i, "address", "02:77:00:00:0%d:fe" % i, "type",
                "bridge",
                "forward_delay", "0", "mcast_snooping", "0")
            run("ip", "-n", self.hub, "addr", "add", "%s.%d/24" % (net, HUB_OCTET), "dev", "br%d" % i)
            run("ip", "-n", self.hub, "link", "set", "br%d" % i, "up")

    def share_disk(self):
        """From the next boots on all hosts have one folder in common, /shared: the cluster's storage."""
        os.makedirs(self.shared, exist_ok=True)
        return self.shared

    def on_hub(self, *argv, check=True, timeout=60):
        """Run a command in the hub's network: the place of the cluster's users."""
        return run("ip", "netns", "exec", self.hub, *argv, check=check, timeout=timeout)

    def down(self):
        """End every host and remove everything the lab made."""
        for h in self.hosts():
            h.power_off()
            unmount(h.root)
        run("ip", "netns", "del", self.hub, check=False)
        if os.path.isdir(self.layers):
            for name in os.listdir(self.layers):              # a build that was interrupted
                for sub in ("/run", "/dev", "/proc", ""):
                    unmount("%s/%s/root%s" % (self.layers, name, sub))
        unmount(self.dir)
        shutil.rmtree(self.dir, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.rmdir(RUN)


class Host:
    def __init__(self, lab, number, stack):
        self.lab, self.number, self.stack = lab, number, stack
        self.name = "node%d" % number
        self.dir = os.path.join(lab.dir, self.name)
        self.root = os.path.join(self.dir, "root")
        self.netns = "ql-%s-%d" % (lab.name, number)
        self.addresses = ["%s.%d" % (net, number) for net in NET]

    def path(self, inside):
        return self.root + inside

    def write(self, inside, text, mode=0o644):
        """Write a file on the host, whether it runs or not."""
        os.makedirs(os.path.dirname(self.path(inside)), exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode()
        with open(self.path(inside), "wb") as f:
            f.write(data)
        os.chmod(self.path(inside), mode)

    def read(self, inside):
        with open(self.path(inside), errors="replace") as f:
            return f.read()

    # ---- disk -----------------------------------------------------------------------------------

    def prepare(self):
        lowers = next(h["lowers"] for h in self.lab.state()["hosts"] if h["number"] == self.number)
        for d in ("upper", "work", "root"):
            os.makedirs(os.path.join(self.dir, d))
        run("mount", "-t", "overlay", "overlay", "-o",
            "lowerdir=%s,upperdir=%s/upper,workdir=%s/work" % (":".join(lowers + ["/"]), self.dir, self.dir),
            self.root)
        units = "/etc/systemd/system/"
        for unit in MASKED:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path(units + unit))
            os.makedirs(self.path(units), exist_ok=True)
            os.symlink("/dev/null", self.path(units + unit))
        self.write(units + "lab.target",
                   "[Unit]\nDescription=Lab host\nRequires=basic.target\nWants=dbus.socket\n"
                   "After=basic.target\nAllowIsolate=yes\n")
        self.write("/etc/hostname", self.name + "\n")
        self.write("/etc/machine-id", hashlib.md5(("%s %s" %
                                                   (self.lab.name, self.name)).encode()).hexdigest() + "\n")
        names = "".join("%s.%d node%d\n" % (NET[0], h["number"], h["number"])
                        for h in self.lab.state()["hosts"])
        self.write("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n" + names)
        self.write("/etc/fstab", "")
        if self.stack in ("ours", "ours+shells"):
            run("systemd-sysusers", "--root=" + self.root)
            run("systemd-tmpfiles", "--root=" + self.root, "--create", "--exclude-prefix=/dev",
                "--exclude-prefix=/run",
                "quorate.conf", check=False)

    def replace_debian_stack(self, build_dir):
        """Put our stack in the place of Debian's packages on the running host, whose stack is stopped;
        configuration and CIB stay as they are."""
        self.run("dpkg", "--remove", "--force-depends", *REPLACED_PACKAGES, timeout=300)
        layer = self.lab.stack_layer(build_dir)
        run("sh", "-c", 'tar -C "$0" -c . | tar -C "$1" -x --keep-directory-symlink', layer, self.root)
        self.sh("systemd-sysusers && systemd-tmpfiles --create quorate.conf && ldconfig && systemctl "
                "daemon-reload")

    # ---- power ----------------------------------------------------------------------------------

    def create_network(self):
        run("ip", "netns", "del", self.netns, check=False)
        run("ip", "netns", "add", self.netns)
        run("ip", "-n", self.netns, "link", "set", "lo", "up")
        for i, address in enumerate(self.addresses):
            leg = self.leg(i)
            run("ip", "-n", self.lab.hub, "link", "del", leg, check=False)
            # always the same hardware address, or the others' neighbour tables lead nowhere after a boot
            run("ip", "-n", self.lab.hub, "link", "add", leg, "type", "veth", "peer", "name", "eth%d" % i,
                "address", "02:77:00:00:0%d:%02x" % (i, self.number), "netns", self.netns)
            run("ip", "-n", self.lab.hub, "link", "set", leg, "master", "br%d" % i, "up")
            run("ip", "-n", self.netns, "addr", "add", address + "/24", "dev", "eth%d" % i)
            run("ip", "-n", self.netns, "link", "set", "eth%d" % i, "up")

    def leg(self, link):
        return "h%d-%d" % (self.number, link)

    def boot(self, timeout=60):
        """Power on and wait until systemd has reached the lab target."""
        self.start()
        self.wait_booted(timeout)

    def start(self):
        if self.leader():
            raise LabError("%s is running already" % self.name)
        self.create_network()
        log = open(os.path.join(self.dir, "console.log"), "ab")
        argv = ["systemd-nspawn", "-q", "-D", self.root, "--machine=" + self.name, "--register=no",
                "--keep-unit",
                "--network-namespace-path=/run/netns/" + self.netns, "--capability=all", "--resolv-conf=off",
                "--timezone=off", "--console=pipe", "-b", "systemd.unit=lab.target", "systemd.show_status=0"]
        if os.path.isdir(self.lab.shared):
            argv.insert(1, "--bind=%s:/shared" % self.lab.shared)
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                             close_fds=True)
        with open(os.path.join(self.dir, "nspawn.pid"), "w") as f:
            f.write(str(p.pid))

    def wait_booted(self, timeout=60):
        wait_until(self.booted, timeout, "%s to boot; its console: %s/console.log" % (self.name, self.dir),
                   interval=0.1)

    def booted(self):
        return self.run("systemctl", "is-active", "lab.target", check=False).stdout.strip() == "active"

    def nspawn_pid(self):
        try:
            with open(os.path.join(self.dir, "nspawn.pid")) as f:
                pid = int(f.read())
        except (OSError, ValueError):
            return None
        try:
            with open("/proc/%d/cmdline" % pid, "rb") as f:
                return pid if b"systemd-nspawn" in f.read() else None
        except OSError:
            return None

    def leader(self):
        """Process id of the host's init as this machine sees it, or None when it is off."""
        pid = self.nspawn_pid()
        for child in children(pid) if pid else []:
            with contextlib.suppress(OSError), open("/proc/%d/cmdline" % child, "rb") as f:
                if b"systemd.unit=lab.target" in f.read():
                    return child
        return None

    def running(self):
        return self.leader() is not None

    def power_off(self):
        """Power failure: nothing on the host gets to say goodbye; memory and network are gone, the disk
        stays."""
        for i in range(len(NET)):
            run("ip", "-n", self.lab.hub, "link", "set", self.leg(i), "down", check=False)
        leader, nspawn = self.leader(), self.nspawn_pid()
        for pid in (leader, nspawn):
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + 20 * PATIENCE
        while time.monotonic() < end and any(pid and alive(pid) for pid in (leader, nspawn)):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(nspawn or -1, os.WNOHANG)
            time.sleep(0.02)
        with contextlib.suppress(ChildProcessError, TypeError):
            os.waitpid(nspawn, os.WNOHANG)
        for i in range(len(NET)):
            run("ip", "-n", self.lab.hub, "link", "del", self.leg(i), check=False)
        run("ip", "netns", "del", self.netns, check=False)
        info = os.stat(self.root)
        for leftover in (os.path.join(self.dir, "nspawn.pid"), os.path.join(self.dir, ".#root.lck"),
                         "/run/systemd/nspawn/locks/inode-%d:%d" % (info.st_dev, info.st_ino)):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(leftover)

    # ---- commands -------------------------------------------------------------------------------

    def argv(self, *command):
        leader = self.leader()
        if not leader:
            raise LabError("%s is off" % self.name)
        return ["nsenter", "-t", str(leader), "-a", "env", "-i",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME=/root", "LC_ALL=C.UTF-8", "TERM=" + os.environ.get("TERM", "dumb"), *command]

    def run(self, *command, check=True, timeout=120 * PATIENCE, input=None):
        """Run a command on the host; returns CompletedProcess with stdout and stderr together."""
        return run(*self.argv(*command), check=check, timeout=timeout, input=input)

    def sh(self, script, check=True, timeout=120 * PATIENCE):
        return self.run("sh", "-c", script, check=check, timeout=timeout)

    def out(self, *command, timeout=120 * PATIENCE):
        return self.run(*command, timeout=timeout).stdout

    def pids(self, program):
        """Process ids (as the host sees them) of the processes with that name."""
        return [int(x) for x in self.run("pidof", program, check=False).stdout.split()]

    # ---- network failures -----------------------------------------------------------------------

    def cut(self, link=None):
        """Pull the cable of link 0 or 1 (None: both)."""
        for i in range(len(NET)) if link is None else [link]:
            run("ip", "-n", self.lab.hub, "link", "set", self.leg(i), "down")

    def heal(self, link=None):
        for i in range(len(NET)) if link is None else [link]:
            run("ip", "-n", self.lab.hub, "link", "set", self.leg(i), "up")

    def part_from(self, others):
        """Drop what arrives from these hosts (it cuts both ways, as long as both run); an empty list ends
        it."""
        run("ip", "netns", "exec", self.netns, "nft", "delete", "table", "inet", "lab_part", check=False)
        if others:
            addresses = ", ".join(a for h in others for a in h.addresses)
            run("ip", "netns", "exec", self.netns, "nft",
                "table inet lab_part { chain in { type filter hook input priority 0; "
                "ip saddr { %s } drop; }; }" % addresses)

    def packet_loss(self, percent):
        """Drop that share of all arriving packets; 0 ends it."""
        run("ip", "netns", "exec", self.netns, "nft", "delete", "table", "inet", "lab_loss", check=False)
        if percent:
            rules = "table inet lab_loss { chain in { type filter hook input priority 0; " \
                    "iifname != lo numgen random mod 100 < %d drop; }; }" % percent
            run("ip", "netns", "exec", self.netns, "nft", rules)

    def slow_link(self, link, kbit):
        """Limit what the host sends over a link to kbit/s; 0 ends it."""
        run("ip", "netns", "exec", self.netns, "tc", "qdisc", "del", "dev", "eth%d" % link, "root",
            check=False)
        if kbit:
            run("ip", "netns", "exec", self.netns, "tc", "qdisc", "add", "dev", "eth%d" % link, "root", "tbf",
                "rate", "%dkbit" % kbit, "burst", "16kb", "latency", "400ms")


def corosync_conf(hosts, cluster_name="demo", crypto=("aes256", "sha256"), extra_totem="", extra_quorum="",
                  links=2,
                  transport="knet"):
    """A corosync.conf for these hosts."""
    text = "totem {\n    version: 2\n    cluster_name: %s\n    transport: %s\n" % (cluster_name, transport)
    if crypto:
        text += "    crypto_cipher: %s\n    crypto_hash: %s\n" % crypto
    text += extra_totem + "}\n\nnodelist {\n"
    for h in hosts:
        text += "    node {\n        name: %s\n        nodeid: %d\n" % (h.name, h.number)
        for i in range(links):
            text += "        ring%d_addr: %s\n" % (i, h.addresses[i])
        text += "    }\n"
    text += "}\n\nquorum {\n    provider: corosync_votequorum\n%s}\n\n" % extra_quorum
    text += "logging {\n    to_logfile: yes\n    logfile: /var/log/corosync/corosync.log\n"
    text += "    to_syslog: yes\n    timestamp: hires\n}\n"
    return text


def configure_corosync(hosts, key=None, **kw):
    """Write corosync.conf and one shared key on all hosts."""
    key = key or os.urandom(256)
    conf = corosync_conf(hosts, **kw)
    for h in hosts:
        h.write("/etc/corosync/corosync.conf", conf)
        h.write("/etc/corosync/authkey", key, 0o400)
        os.makedirs(h.path("/var/log/corosync"), exist_ok=True)


def wait_until(condition, timeout, what, interval=0.2):
    """Poll condition() until it is true; returns the seconds it took, raises LabError at the limit.

    A condition that raises LabError (the host it asks has just lost its power) is not true yet.
    timeout: seconds on a machine to itself, PATIENCE times as much is waited.
    what: text, or a function that makes it when the limit is reached."""
    begin, limit, error = time.monotonic(), timeout * PATIENCE, ""
    while True:
        try:
            if condition():
                return time.monotonic() - begin
            error = ""
        except LabError as err:
            error = " (%s)" % err
        if time.monotonic() - begin > limit:
            raise LabError("waited %d s in vain for %s%s" %
                           (limit, what() if callable(what) else what, error))
        time.sleep(interval)
