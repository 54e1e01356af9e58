/* Payloads of other services: what is read out of them keeps its limits, and is what can be stored.
 */
#include "bus/inbound_message.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inbound_head head;
    struct fault fault = {0};
    enum status status = inbound_head_read((const char *)data, size, &head, &fault);
    if (status != STATUS_OK) {
        if (status != STATUS_INVALID || fault.text[0] == '\0')
            abort();
        return 0;
    }
    if (head.event_id[0] == '\0' || !memchr(head.event_id, '\0', sizeof(head.event_id)) ||
        !memchr(head.about, '\0', sizeof(head.about)))
        abort();
    for (const char *at = head.event_id; *at; at++) {
        if ((unsigned char)*at < 0x20)
            abort();
    }
    return 0;
}
