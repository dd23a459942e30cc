/* The signals that ask a program to end. */
#ifndef INTERRUPT_H
#define INTERRUPT_H

/* From now on they call STOP instead, those alone that are not ignored, as under nohup. */
void interrupt_catch(void (*stop)(int signal));

/* So does all that ends a program by default (signal(7)), but for its own faults. */
void interrupt_catch_all(void (*stop)(int signal));

#endif
