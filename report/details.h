/* What the kernel tells of the machine beyond numactl's lines, under headings, as text. */
#ifndef DETAILS_H
#define DETAILS_H

struct hardware;

/*
 * Prints on stdout the sections of which something is known. No line of them begins with "node" or
 * has "cpus" in it: scripts look for these in numactl's.
 */
void details_show(const struct hardware *hardware);

#endif
