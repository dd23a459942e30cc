/* Statistics by node, as text and as JSON. */
#ifndef REPORT_STAT_H
#define REPORT_STAT_H

struct nodestat;
struct statistics;

/*
 * TABLE is what is shown, arranged: that of the statistics, or of the only process its kinds of
 * memory; BEFORE the same as it was the time before; NULL: there was none. PAGE_SIZE: sizes as that
 * many pages; 0: as bytes. WIDTH: where tables fold; 0: nowhere.
 */
void stat_text(const struct statistics *statistics, const struct nodestat *table,
               const struct nodestat *before, unsigned long page_size, unsigned width);

/* A line that is a document. */
void stat_json(const struct statistics *statistics);

#endif
