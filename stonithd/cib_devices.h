/* Fence devices and topology as a CIB configures them, for one node (fencer.md §4.1, §5, §8.11). Pure. */
#ifndef STONITHD_CIB_DEVICES_H
#define STONITHD_CIB_DEVICES_H

#include <stdbool.h>
#include <stdint.h>
#include <libxml/tree.h>
#include "pacemaker/common/iso8601.h"
#include "stonithd/device.h"

/* One device this node may use; device is the callee's. */
typedef void (*cib_device_fn)(device_t *device, void *arg);

void cib_devices(xmlNode *cib, const char *node, struct iso_now now, cib_device_fn fn, void *arg);

/* Value of a cluster option anywhere in the CIB, NULL = not set. */
const char *cib_option(xmlNode *cib, const char *name);
/* Does the configuration give that node the attribute value? */
bool cib_node_has_attribute(xmlNode *cib, const char *node, const char *attribute, const char *value);
xmlNode *cib_section(xmlNode *cib, const char *name);        /* of the configuration, NULL = none */
/* Can the change a patch describes matter to the fencer? */
bool cib_patch_matters(const xmlNode *patch);

#endif
