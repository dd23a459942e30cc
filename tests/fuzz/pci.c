/* PCI addresses as users write them: what is taken comes out as the kernel writes it. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char address[32] = "unwritten", again[32], written[32];
	unsigned domain, bus, slot, function;
	int error = device_parse_pci((const char *)data, size, address), length = 0;

	if (error) {
		CHECK(error == -EINVAL && !strcmp(address, "unwritten"));
		return 0;
	}
	CHECK(!device_parse_pci(address, strlen(address), again) && !strcmp(address, again));
	CHECK(sscanf(address, "%x:%x:%x.%x%n", &domain, &bus, &slot, &function, &length) == 4);
	CHECK(!address[length] && bus < 0x100 && slot < 0x20 && function < 8);
	snprintf(written, sizeof(written), "%04x:%02x:%02x.%x", domain, bus, slot, function);
	CHECK(!strcmp(address, written));
	return 0;
}
