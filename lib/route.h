/* The network interface that leads to an address. */
#ifndef ROUTE_H
#define ROUTE_H

#include <net/if.h>

/*
 * ADDRESS is numeric, IPv4 or IPv6, and may name an interface ("fe80::1%eth0"). Of an address of
 * this machine it is the interface that has it. Returns 0; -EINVAL: no such address; -ENXIO: it
 * names an interface that is not there; or what the kernel answers: -ENETUNREACH, -EHOSTUNREACH,
 * -EACCES (a route that prohibits) and others.
 */
int route_interface(const char *address, char name[IF_NAMESIZE]);

#endif
