/* The mappings of a process that is moved, with what of each is out of place. */
#ifndef MISPLACED_H
#define MISPLACED_H

struct migration;
struct process;

/*
 * Both print on stdout the mappings of KINDS (1 << MAPPING_*, or-ed), and of each the bytes that
 * MIGRATION has noted: as a table, the largest of these first; or as a member of an object of JSON,
 * behind others, by address.
 */
void misplaced_text(const struct process *process, const struct migration *migration,
                    unsigned kinds);
void misplaced_json(const struct process *process, const struct migration *migration,
                    unsigned kinds);

#endif
