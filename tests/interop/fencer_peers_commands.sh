# What both nodes of test_fencer_peers.sh do: $n is the node's number, `run` calls stonith_admin,
# `together NAME` waits for the other node.
log="log=$shared/agents$n"
if [ $n = 1 ]; then
    run -R d1 -a fence_dummy -o pcmk_host_list=n2 -o "$log"
    run -R dx -a fence_dummy -o "pcmk_host_list=x1 x2" -o "$log"
    run -R t2 -a fence_dummy -o pcmk_host_list=topo -o pcmk_off_timeout=24 -o "$log"
    run -R o1 -a fence_dummy -o "pcmk_host_list=slow" -o delay=6 -o "$log"
    run -R o3 -a fence_dummy -o pcmk_host_list=levels -o mode=fail -o "$log"
    run -R miss -a fence_nope -o pcmk_host_list=missing -o "$log"
    run -r topo -i 1 -v t1 -v t2
    run -r levels -i 1 -v o3 -v o5
    run -r levels -i 3 -v o4 -v o5
    run -r '@^pat.*' -i 1 -v o4
    run -r nodevice -i 1 -v nothing
else
    run -R d2 -a fence_dummy -o pcmk_host_list=n1 -o "$log"
    run -R dy -a fence_dummy -o "pcmk_host_list=y1 y2" -o "$log"
    run -R dz -a fence_dummy -o "pcmk_host_list=y3 x3" -o mode=fail -o "$log"
    run -R t1 -a fence_dummy -o pcmk_host_list=topo -o pcmk_off_timeout=23 -o "$log"
    run -R o4 -a fence_dummy -o pcmk_host_list=levels -o "$log"
    run -R o5 -a fence_dummy -o pcmk_host_list=levels -o "$log"
fi
together registered
if [ $n = 1 ]; then
    run -F x1 -t 30
    run -F y1 -t 30
    run -B n2 -t 30
    run -F y3 -t 30
    run -F nobody -t 30
    run -U y2 -t 20
    run -B topo -t 30
    run -F levels -t 30
    run -F patx -t 20
    run -F nodevice -t 20
    run -F missing -t 20
    run -C y1
fi
together first
if [ $n = 2 ]; then
    run -F x1 -t 30
    run -F y1 -t 30
    run -B n1 -t 30
    run -F x3 -t 30
    run -F nobody -t 30
    run -F y1 -t 30 --tolerance 100s
    run -F missing -t 20
    sleep 1
fi
together merge
[ $n = 1 ] || sleep 1
run -F slow -t 30
together self
run -F n$n -t 30
together history
run -H '*' -V
run -H x1
together clean
[ $n = 2 ] || run -H x1 -c
together cleaned
run -H x1
