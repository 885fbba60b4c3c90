/* Asking the launcher for its state. */
#include "config.h"
#include "tools/launcher.h"

#include <string.h>

#include "pacemaker/common/daemon.h"
#include "pacemaker/common/message.h"
#include "pacemaker/common/xml.h"
#include "tools/controller_client.h"

int launcher_ping(struct launcher_status *status, int timeout_ms, output_t *out)
{
    xmlNode *request XML_AUTO = NULL, *answer XML_AUTO = NULL;
    const xmlNode *data;
    const char *state;
    long long when;
    int rc = 0;
    controller_client_t *client = controller_open("pacemakerd", program_name(), out, &rc);

    *status = (struct launcher_status){.state = ""};
    if (client == NULL) {
        return rc;
    }
    request = controller_new_request(client, "ping", SYS_PACEMAKERD, NULL);
    rc = controller_call(client, request, timeout_ms, &answer);
    controller_close(client);
    data = rc == 0 ? message_data(answer) : NULL;
    state = data != NULL ? xml_get(data, "pacemakerd_state") : NULL;
    if (state != NULL) {
        snprintf(status->state, sizeof(status->state), "%s", state);
        status->last_updated = xml_get_int(data, "crm-timestamp", &when) == 0 ? when : 0;
    }
    return rc;
}

const char *launcher_state_text(const char *state)
{
    static const struct {
        const char *state, *text;
    } texts[] = {{"init", "Initializing pacemaker"},
                 {"starting_daemons", "Pacemaker daemons are starting"},
                 {"wait_for_ping", "Waiting for startup trigger from SBD"},
                 {"running", "Pacemaker is running"},
                 {"shutting_down", "Pacemaker daemons are shutting down"},
                 {"shutdown_complete", "Pacemaker daemons are shut down (reporting to SBD)"}};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strcmp(texts[i].state, state) == 0) {
            return texts[i].text;
        }
    }
    return "invalid";
}
