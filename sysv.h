/* SysV segments: by their key file found, created, attached. */
#ifndef SYSV_H
#define SYSV_H

struct request;
struct segment;

/*
 * Both exit with util_failure and one line on stderr where it cannot be had. sysv_find attaches the
 * segment where it is there (as a whole), and changes nothing; page_size is set in any case.
 */
void sysv_find(const struct request *request, struct segment *segment);
void sysv_create(const struct request *request, struct segment *segment);

#endif
