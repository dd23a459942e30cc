/* How memory is reached, and in which order the kernel takes it from nodes, as text. */
#ifndef ORDER_H
#define ORDER_H

struct hardware;

/* Access by the firmware's HMAT, tiers and demotion, weights, fallback; what is known of them. */
void order_show(const struct hardware *hardware);

#endif
