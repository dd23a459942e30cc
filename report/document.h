/* The machine as one JSON document. */
#ifndef DOCUMENT_H
#define DOCUMENT_H

struct hardware;

/* Prints on stdout what docs/hardware.schema.json describes. */
void document_show(const struct hardware *hardware);

#endif
