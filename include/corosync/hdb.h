/*
 * Names of libqb's handle database as programs written for corosync use them.
 */
#ifndef HDB_H_DEFINED
#define HDB_H_DEFINED

#include <errno.h>
#include <stdint.h>

#include <qb/qbhdb.h>

typedef qb_handle_t hdb_handle_t;

#define hdb_handle_database qb_hdb
#define DECLARE_HDB_DATABASE QB_HDB_DECLARE

#define hdb_create qb_hdb_create
#define hdb_destroy qb_hdb_destroy
#define hdb_handle_create qb_hdb_handle_create
#define hdb_handle_get qb_hdb_handle_get
#define hdb_handle_get_always qb_hdb_handle_get_always
#define hdb_handle_put qb_hdb_handle_put
#define hdb_handle_destroy qb_hdb_handle_destroy
#define hdb_handle_refcount_get qb_hdb_handle_refcount_get
#define hdb_iterator_reset qb_hdb_iterator_reset
#define hdb_iterator_next qb_hdb_iterator_next
#define hdb_base_convert qb_hdb_base_convert
#define hdb_nocheck_convert qb_hdb_nocheck_convert

#endif
