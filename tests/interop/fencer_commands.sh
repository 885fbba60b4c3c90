# Commands both fencers are given in test_fencer.sh; `run` prints a command's output and exit status.
run -L
run -I
run -R d1 -a fence_dummy -o "pcmk_host_list=node1 node2" -o log="$PRIVATE_DIR/fencing"
run -R d2 -a fence_dummy -o nodes=node3,node4 -o log="$PRIVATE_DIR/fencing"
run -R d3 -a fence_dummy -o 'pcmk_host_map=node5:5;node6:6\ x' -o mode=fail -o log="$PRIVATE_DIR/fencing"
run -R d4 -a fence_nope -o pcmk_host_list=node9
run -R d5 -a fence_dummy -o pcmk_host_list=node7 -o mode=hang -o pcmk_off_timeout=4 \
    -o log="$PRIVATE_DIR/fencing"
run -R d1 -a fence_dummy -o "pcmk_host_list=node1 node2" -o log="$PRIVATE_DIR/fencing"
run -L
for node in node1 NODE2 node3 node5 nobody; do
    run -l $node
done
run -s d1
run -s d2
run -s nobody
run -Q d1
run -Q d3
run -Q nobody
run -F node1 -t 20
run -B node3 -t 20
run -U node1 -t 20
run -F node5 -t 30
run -F node7 -t 30
run -F node9 -t 20
run -F nobody -t 20
run -H '*' -V
run -h node1
run -H node1
run -H '*' -c
run -r node1 -i 1 -v d1
run -r node1 -i 12 -v d1
run -r @x.* -i 1 -v d1
run -r a=b -i 1 -v d1
run -d node1 -i 1
run -D d1
run -D nobody
run -L --output-as=xml
run -C node1
run -F node1 -t 20
