/* The signals that ask a program to end. */
#ifndef INTERRUPT_H
#define INTERRUPT_H

/* From now on they call STOP instead, those alone that are not ignored, as under nohup. */
void interrupt_catch(void (*stop)(int signal));

#endif
