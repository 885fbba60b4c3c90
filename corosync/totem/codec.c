/*
 * Tokens and joins between their wire form (section 4) and structs. Every check of section 4 and 17 trap 9 on
 * lengths, counts and ids is here.
 */
#include "internal.h"

/* Far above anything reached in practice; leaves room for ring seqs to grow. */
#define RING_SEQ_MAX    (UINT64_MAX / 2)

bool token_decode(struct token *token, const uint8_t *p, size_t len)
{
    uint32_t n;

    if (len < TOKEN_SIZE || len > TOKEN_LONGEST) {
        return false;
    }
    n = get32(p + TOKEN_ENTRIES);
    if (n > TOTEM_MAX_RTR || len < TOKEN_SIZE + n * TOKEN_ENTRY_SIZE) {
        return false;
    }
    token->seq = get32(p + TOKEN_SEQ);
    token->token_seq = get32(p + TOKEN_TOKEN_SEQ);
    token->aru = get32(p + TOKEN_ARU);
    token->aru_addr = get32(p + TOKEN_ARU_ADDR);
    token->ring = get_ring(p + TOKEN_RING);
    token->backlog = get32(p + TOKEN_BACKLOG);
    token->fcc = get32(p + TOKEN_FCC);
    token->retrans_flg = get32(p + TOKEN_RETRANS_FLG);
    token->n_rtr = n;
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *e = p + TOKEN_SIZE + i * TOKEN_ENTRY_SIZE;

        token->rtr[i].ring = get_ring(e);
        token->rtr[i].seq = get32(e + WIRE_RING_SIZE);
    }
    return true;
}

size_t token_encode(const struct token *token, uint32_t nodeid, uint8_t *p)
{
    assert(token->n_rtr <= TOTEM_MAX_RTR);
    put_header(p, WIRE_ORF_TOKEN, 0, nodeid);
    put32(p + TOKEN_SEQ, token->seq);
    put32(p + TOKEN_TOKEN_SEQ, token->token_seq);
    put32(p + TOKEN_ARU, token->aru);
    put32(p + TOKEN_ARU_ADDR, token->aru_addr);
    put_ring(p + TOKEN_RING, token->ring);
    put32(p + TOKEN_BACKLOG, token->backlog);
    put32(p + TOKEN_FCC, token->fcc);
    put32(p + TOKEN_RETRANS_FLG, token->retrans_flg);
    put32(p + TOKEN_ENTRIES, token->n_rtr);
    for (unsigned i = 0; i < token->n_rtr; i++) {
        uint8_t *e = p + TOKEN_SIZE + i * TOKEN_ENTRY_SIZE;

        put_ring(e, token->rtr[i].ring);
        put32(e + WIRE_RING_SIZE, token->rtr[i].seq);
    }
    return TOKEN_SIZE + token->n_rtr * TOKEN_ENTRY_SIZE;
}

static bool decode_list(struct node_list *list, const uint8_t *p, uint32_t n)
{
    node_list_clear(list);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = get32(p + 4 * i);

        if (id == 0) {
            return false;
        }
        node_list_add(list, id);
    }
    return true;
}

static void encode_list(const struct node_list *list, uint8_t *p)
{
    for (unsigned i = 0; i < list->n; i++) {
        put32(p + 4 * i, list->id[i]);
    }
}

/* Members of a ring: at least one, ascending, led by the ring's representative. */
static bool ring_order(const struct node_list *addr, struct totem_ring ring)
{
    for (unsigned i = 1; i < addr->n; i++) {
        if (addr->id[i - 1] >= addr->id[i]) {
            return false;
        }
    }
    return addr->n > 0 && addr->id[0] == ring.rep;
}

bool commit_decode(struct commit *commit, const uint8_t *p, size_t len)
{
    uint32_t n, index;
    const uint8_t *e;

    if (len < COMMIT_SIZE) {
        return false;
    }
    n = get32(p + COMMIT_ENTRIES);
    index = get32(p + COMMIT_INDEX);
    if (n < 1 || n > TOTEM_MAX_NODES || index > n ||
        len < COMMIT_SIZE + (size_t) n * (COMMIT_ADDR_SIZE + COMMIT_MEMB_SIZE)) {
        return false;
    }
    commit->token_seq = get32(p + COMMIT_TOKEN_SEQ);
    commit->ring = get_ring(p + COMMIT_RING);
    commit->index = index;
    if (commit->ring.seq > RING_SEQ_MAX || !decode_list(&commit->addr, p + COMMIT_SIZE, n) ||
        commit->addr.n != n || !ring_order(&commit->addr, commit->ring)) {
        return false;
    }
    e = p + COMMIT_SIZE + n * COMMIT_ADDR_SIZE;
    for (uint32_t i = 0; i < n; i++, e += COMMIT_MEMB_SIZE) {
        commit->entry[i].ring = get_ring(e);
        commit->entry[i].aru = get32(e + WIRE_RING_SIZE);
        commit->entry[i].high_delivered = get32(e + WIRE_RING_SIZE + 4);
        commit->entry[i].received_flg = get32(e + WIRE_RING_SIZE + 8);
    }
    return true;
}

size_t commit_encode(const struct commit *commit, uint32_t nodeid, uint8_t *p)
{
    uint32_t n = commit->addr.n;
    uint8_t *e = p + COMMIT_SIZE + n * COMMIT_ADDR_SIZE;

    put_header(p, WIRE_COMMIT_TOKEN, 0, nodeid);
    put32(p + COMMIT_TOKEN_SEQ, commit->token_seq);
    put_ring(p + COMMIT_RING, commit->ring);
    put32(p + COMMIT_RETRANS_FLG, 0);
    put32(p + COMMIT_INDEX, commit->index);
    put32(p + COMMIT_ENTRIES, n);
    encode_list(&commit->addr, p + COMMIT_SIZE);
    for (uint32_t i = 0; i < n; i++, e += COMMIT_MEMB_SIZE) {
        put_ring(e, commit->entry[i].ring);
        put32(e + WIRE_RING_SIZE, commit->entry[i].aru);
        put32(e + WIRE_RING_SIZE + 4, commit->entry[i].high_delivered);
        put32(e + WIRE_RING_SIZE + 8, commit->entry[i].received_flg);
    }
    return COMMIT_SIZE + n * (COMMIT_ADDR_SIZE + COMMIT_MEMB_SIZE);
}

bool join_decode(struct join *join, const uint8_t *p, size_t len)
{
    uint32_t n_proc, n_failed;

    if (len < JOIN_SIZE) {
        return false;
    }
    n_proc = get32(p + JOIN_PROC_ENTRIES);
    n_failed = get32(p + JOIN_FAILED_ENTRIES);
    if (n_proc > TOTEM_MAX_NODES || n_failed > TOTEM_MAX_NODES ||
        len < JOIN_SIZE + 4 * ((size_t) n_proc + n_failed)) {
        return false;
    }
    join->leave = get32(p + HDR_NODEID) == 0;
    join->from = get32(p + JOIN_FROM);
    join->ring_seq = get64(p + JOIN_RING_SEQ);
    return join->from != 0 && join->ring_seq <= RING_SEQ_MAX &&
           decode_list(&join->proc, p + JOIN_SIZE, n_proc) &&
           decode_list(&join->failed, p + JOIN_SIZE + 4 * n_proc, n_failed);
}

size_t join_encode(const struct join *join, uint8_t *p)
{
    put_header(p, WIRE_JOIN, 0, join->leave ? 0 : join->from);
    put32(p + JOIN_FROM, join->from);
    put32(p + JOIN_PROC_ENTRIES, join->proc.n);
    put32(p + JOIN_FAILED_ENTRIES, join->failed.n);
    put64(p + JOIN_RING_SEQ, join->ring_seq);
    encode_list(&join->proc, p + JOIN_SIZE);
    encode_list(&join->failed, p + JOIN_SIZE + 4 * join->proc.n);
    return JOIN_SIZE + 4 * ((size_t) join->proc.n + join->failed.n);
}
