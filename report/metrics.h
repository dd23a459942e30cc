/* Statistics by node, in the text format that Prometheus and its node exporter read. */
#ifndef METRICS_H
#define METRICS_H

struct statistics;

void metrics_show(const struct statistics *statistics);

#endif
