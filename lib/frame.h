/* The frame, as of a signal, from which a thread takes its registers back by itself. */
#ifndef FRAME_H
#define FRAME_H

#include <stddef.h>

struct registers;

/* Bytes of the frame, and of the room that it needs below an address. */
size_t frame_size(const struct registers *registers);

/*
 * Makes the frame for ROOM bytes of room that begin at ADDRESS. RETURN is where rt_sigreturn is
 * called. Returns the address within them that the stack pointer is to have.
 */
unsigned long frame_make(const struct registers *registers, unsigned long return_address,
                         unsigned long address, unsigned char *room);

#endif
