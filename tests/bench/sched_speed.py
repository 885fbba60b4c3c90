#!/usr/bin/env python3
"""CPU time of our crm_simulate and of Debian's, side by side: the recorded states in sum, and generated large
clusters, whose graphs must be equal to the byte. A bench, not a test; exit status 1 when ours takes more than
half of Debian's time over the recorded states or a graph differs.

usage: sched_speed.py --ours BINARY --oracle BINARY [--sizes 8x40,16x80,...] [--ours-only 32x320,...]
                      [--no-recorded]"""
import argparse, os, resource, subprocess, sys, tarfile, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "..", "conformance", "scheduler.tar.xz")


def cpu(binary, args, env):
    """Seconds of CPU of one run"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([binary] + args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def mean_cpu(binary, args, env):
    """The mean of enough runs to make a second: the kernel counts in ticks of some milliseconds."""
    spent = [cpu(binary, args, env)]
    while sum(spent) < 1 and len(spent) < 50:
        spent.append(cpu(binary, args, env))
    return sum(spent) / len(spent)


def recorded(args, env, tmp):
    with tarfile.open(CASES) as archive:
        archive.extractall(tmp)
    folder = os.path.join(tmp, "scheduler")
    files = sorted(os.path.join(folder, f) for f in os.listdir(folder) if f.endswith(".xml"))
    ours = theirs = 0.0
    for path in files:      # in turns, so that whatever else the machine does hits both
        run = ["-x", path, "-S", "-G", os.path.join(tmp, "g")]
        ours += cpu(args.ours, run, env)
        theirs += cpu(args.oracle, run, env)
    print("%d recorded states: ours %.2f s, Debian's %.2f s of CPU: ratio %.2f" %
          (len(files), ours, theirs, ours / theirs), flush=True)
    return ours <= theirs / 2


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return None


def cluster(size, args, env, tmp, both):
    nodes, groups = size.split("x")
    path = os.path.join(tmp, size + ".xml")
    graphs = [os.path.join(tmp, size + x) for x in (".ours", ".oracle")]
    with open(path, "w") as f:
        subprocess.run([sys.executable, os.path.join(HERE, "sched_cluster.py"), nodes, groups], stdout=f,
                       check=True)
    ours = mean_cpu(args.ours, ["-x", path, "-S", "-G", graphs[0]], env)
    if not both:
        print("%s: ours %.2f s" % (size, ours), flush=True)
        return read(graphs[0]) is not None
    theirs = mean_cpu(args.oracle, ["-x", path, "-S", "-G", graphs[1]], env)
    same = read(graphs[0]) is not None and read(graphs[0]) == read(graphs[1])
    print("%s: ours %.3f s, Debian's %.2f s: %.0f times faster, graph %s" %
          (size, ours, theirs, theirs / max(ours, .001), "equal" if same else "DIFFERS"), flush=True)
    return same


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--ours", required=True)
    ap.add_argument("--oracle", required=True)
    ap.add_argument("--sizes", default="8x40,16x80")
    ap.add_argument("--ours-only", default="32x320", help="sizes that would take Debian's too long")
    ap.add_argument("--no-recorded", action="store_true")
    args = ap.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as tmp:
        env = dict(os.environ, LC_ALL="C", TZ="UTC", CIB_shadow_dir=tmp)
        if not args.no_recorded:
            good = recorded(args, env, tmp)
        for size in filter(None, args.sizes.split(",")):
            good = cluster(size, args, env, tmp, True) and good
        for size in filter(None, args.ours_only.split(",")):
            good = cluster(size, args, env, tmp, False) and good
    return 0 if good else 1


sys.exit(main())
