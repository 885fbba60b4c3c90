/*
 * Handles of the client libraries. The low half of a handle is its slot, the high half a number
 * that is different for each use of a slot, so that an old handle is recognised.
 */
#include "corosync/client/handle.h"

#include <stdlib.h>

struct handle_slot {
    void *object;  /* NULL: the slot is free */
    uint32_t check;
    uint32_t uses; /* 1 for the handle itself until it is removed, and 1 for each get without put */
    bool removed;
};

static struct handle_slot *slot_of(struct handle_table *table, uint64_t handle)
{
    uint32_t index = (uint32_t)handle;

    if (index >= table->slot_count || table->slots[index].object == NULL ||
        table->slots[index].check != (uint32_t)(handle >> 32)) {
        return NULL;
    }
    return &table->slots[index];
}

static struct handle_slot *slot_allocate(struct handle_table *table)
{
    for (uint32_t i = 0; i < table->slot_count; i++) {
        if (table->slots[i].object == NULL) {
            return &table->slots[i];
        }
    }
    uint32_t count = table->slot_count == 0 ? 4 : table->slot_count * 2;
    struct handle_slot *slots = count > HANDLES_MAX ? NULL : realloc(table->slots, count * sizeof(*slots));

    if (slots == NULL) {
        return NULL;
    }
    for (uint32_t i = table->slot_count; i < count; i++) {
        slots[i] = (struct handle_slot){0};
    }
    struct handle_slot *slot = &slots[table->slot_count];

    table->slots = slots;
    table->slot_count = count;
    return slot;
}

cs_error_t handle_add(struct handle_table *table, void *object, uint64_t *handle)
{
    cs_error_t error = CS_OK;

    pthread_mutex_lock(&table->lock);
    struct handle_slot *slot = slot_allocate(table);

    if (slot == NULL) {
        error = table->slot_count >= HANDLES_MAX ? CS_ERR_NO_RESOURCES : CS_ERR_NO_MEMORY;
    } else {
        if (++table->last_check == 0) {
            table->last_check = 1;
        }
        *slot = (struct handle_slot){.object = object, .check = table->last_check, .uses = 1};
        *handle = (uint64_t)slot->check << 32 | (uint64_t)(slot - table->slots);
    }
    pthread_mutex_unlock(&table->lock);
    return error;
}

void *handle_get(struct handle_table *table, uint64_t handle)
{
    void *object = NULL;

    pthread_mutex_lock(&table->lock);
    struct handle_slot *slot = slot_of(table, handle);

    if (slot != NULL && !slot->removed) {
        slot->uses++;
        object = slot->object;
    }
    pthread_mutex_unlock(&table->lock);
    return object;
}

/* Drops one use and unlocks the table; the object dies outside the lock. */
static void use_drop_unlock(struct handle_table *table, struct handle_slot *slot)
{
    void *object = NULL;

    if (slot != NULL && --slot->uses == 0) {
        object = slot->object;
        slot->object = NULL;
    }
    pthread_mutex_unlock(&table->lock);
    if (object != NULL) {
        table->destroy(object);
    }
}

void handle_put(struct handle_table *table, uint64_t handle)
{
    pthread_mutex_lock(&table->lock);
    use_drop_unlock(table, slot_of(table, handle));
}

bool handle_remove(struct handle_table *table, uint64_t handle)
{
    pthread_mutex_lock(&table->lock);
    struct handle_slot *slot = slot_of(table, handle);

    if (slot == NULL || slot->removed) {
        pthread_mutex_unlock(&table->lock);
        return false;
    }
    slot->removed = true;
    use_drop_unlock(table, slot);
    return true;
}

bool handle_is_removed(struct handle_table *table, uint64_t handle)
{
    pthread_mutex_lock(&table->lock);
    struct handle_slot *slot = slot_of(table, handle);
    bool removed = slot == NULL || slot->removed;

    pthread_mutex_unlock(&table->lock);
    return removed;
}
