#include "lib/route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* An address, by its bytes. */
struct address {
	int family;
	unsigned size; /* of bytes, 4 or 16 */
	unsigned char bytes[16];
	unsigned scope; /* index of an interface; 0: none was named */
};

static int parse(const char *text, struct address *address)
{
	char digits[INET6_ADDRSTRLEN];
	size_t length = strcspn(text, "%");

	memset(address, 0, sizeof(*address));
	if (length >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, length);
	digits[length] = '\0';
	address->family = strchr(digits, ':') ? AF_INET6 : AF_INET;
	address->size = address->family == AF_INET6 ? 16 : 4;
	if (inet_pton(address->family, digits, address->bytes) != 1)
		return -EINVAL;
	if (!text[length])
		return 0;
	address->scope = if_nametoindex(text + length + 1);
	return address->scope ? 0 : -ENXIO;
}

/* A message and its attributes: the question and the answer alike. */
struct message {
	struct nlmsghdr header;
	struct rtmsg route;
	char attributes[4096];
};

static void add_attribute(struct message *message, unsigned short type, const void *data,
                          unsigned size)
{
	struct rtattr *attribute =
		(struct rtattr *)(void *)((char *)message + NLMSG_ALIGN(message->header.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(size);
	memcpy(RTA_DATA(attribute), data, size);
	message->header.nlmsg_len = NLMSG_ALIGN(message->header.nlmsg_len) + attribute->rta_len;
}

static int exchange(struct message *message)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int error = 0, fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ssize_t got;

	if (fd < 0)
		return -errno;
	if (sendto(fd, message, message->header.nlmsg_len, 0, (struct sockaddr *)&kernel,
	           sizeof(kernel)) < 0) {
		error = -errno;
		close(fd);
		return error;
	}
	do {
		got = recv(fd, message, sizeof(*message), 0);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		error = -errno;
	else if (!NLMSG_OK(&message->header, (unsigned)got))
		error = -EBADMSG;
	close(fd);
	return error;
}

/* What the answer says: the interface, and whether the address is this machine's own. */
static int read_answer(struct message *message, unsigned *index, int *is_local)
{
	unsigned size;

	if (message->header.nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *answer = NLMSG_DATA(&message->header);

		return answer->error ? answer->error : -EBADMSG;
	}
	if (message->header.nlmsg_type != RTM_NEWROUTE ||
	    message->header.nlmsg_len < NLMSG_LENGTH(sizeof(struct rtmsg)))
		return -EBADMSG;
	*is_local = message->route.rtm_type == RTN_LOCAL;
	size = (unsigned)RTM_PAYLOAD(&message->header);
	for (struct rtattr *attribute = RTM_RTA(&message->route); RTA_OK(attribute, size);
	     attribute = RTA_NEXT(attribute, size)) {
		if (attribute->rta_type == RTA_OIF &&
		    attribute->rta_len >= RTA_LENGTH(sizeof(*index))) {
			memcpy(index, RTA_DATA(attribute), sizeof(*index));
			return 0;
		}
	}
	return -ENETUNREACH;
}

static int ask(const struct address *address, unsigned *index, int *is_local)
{
	struct message message = { 0 };
	int error;

	message.header.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg));
	message.header.nlmsg_type = RTM_GETROUTE;
	message.header.nlmsg_flags = NLM_F_REQUEST;
	message.route.rtm_family = (unsigned char)address->family;
	message.route.rtm_dst_len = (unsigned char)(8 * address->size);
	add_attribute(&message, RTA_DST, address->bytes, address->size);
	if (address->scope)
		add_attribute(&message, RTA_OIF, &address->scope, sizeof(address->scope));
	error = exchange(&message);
	return error ? error : read_answer(&message, index, is_local);
}

static const void *bytes_of(const struct sockaddr *socket)
{
	return socket->sa_family == AF_INET6
	               ? (const void *)&((const struct sockaddr_in6 *)(const void *)socket)
	                         ->sin6_addr
	               : (const void *)&((const struct sockaddr_in *)(const void *)socket)
	                         ->sin_addr;
}

/* The route to an own address leads through lo, whatever interface has it. */
static void find_owner(const struct address *address, char name[IF_NAMESIZE])
{
	struct ifaddrs *list;

	if (getifaddrs(&list))
		return;
	for (const struct ifaddrs *p = list; p; p = p->ifa_next) {
		if (!p->ifa_addr || p->ifa_addr->sa_family != address->family ||
		    strlen(p->ifa_name) >= IF_NAMESIZE ||
		    memcmp(bytes_of(p->ifa_addr), address->bytes, address->size) != 0)
			continue;
		memcpy(name, p->ifa_name, strlen(p->ifa_name) + 1);
		break;
	}
	freeifaddrs(list);
}

int route_interface(const char *text, char name[IF_NAMESIZE])
{
	struct address address;
	char found[IF_NAMESIZE];
	unsigned index = 0;
	int is_local = 0, error = parse(text, &address);

	if (!error)
		error = ask(&address, &index, &is_local);
	if (error)
		return error;
	if (!if_indextoname(index, found))
		return -ENETUNREACH;
	if (is_local)
		find_owner(&address, found);
	memcpy(name, found, sizeof(found));
	return 0;
}
