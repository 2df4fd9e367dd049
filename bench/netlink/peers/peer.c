/*
 * The raw C peer of the netlink bench: hand-laid structures, 32 KiB sends, one socket, one thread.
 *
 *   peer one|all WORKLOAD N CLASSES     "one" asks to acknowledge the last message of a run, "all" every message
 *
 * CLASSES is a file with a line "parent class-id" (decimal) per class. Each line on stdin is the number of a turn; the
 * workload is then carried out once and a line of JSON says how long that took.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { SEND_BYTES = 32 * 1024, ROOM = 1024, SAMPLES = 2000 };

static int fd, acknowledge_all, n, devices[2];
static char out[SEND_BYTES + ROOM], in[1 << 16];
static size_t length;
static uint32_t sequence, unanswered;
static struct nlmsghdr *message;
static struct { uint32_t parent, id; } *classes;

static void fail(const char *what) { fprintf(stderr, "peer.c: %s: %s\n", what, strerror(errno)); exit(1); }

static double microseconds(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

/* Reads `count` acknowledgements. Errors are answered even where no acknowledgement was asked for. */
static void acknowledgements(uint32_t count) {
	while (count > 0) {
		ssize_t got = recv(fd, in, sizeof in, 0);
		if (got < 0) fail("recv");
		for (struct nlmsghdr *h = (void *)in; NLMSG_OK(h, got); h = NLMSG_NEXT(h, got)) {
			if (h->nlmsg_type != NLMSG_ERROR) continue;
			errno = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
			if (errno) fail("refused");
			count--;
		}
	}
}

static void flush(void) {
	if (length > 0 && send(fd, out, length, 0) < 0) fail("send");
	length = 0;
	acknowledgements(unanswered);
	unanswered = 0;
}

static void *begin(int type, int flags, size_t header, int last) {
	if (length > SEND_BYTES - ROOM) flush();
	message = (void *)(out + length);
	memset(message, 0, NLMSG_HDRLEN + header);
	message->nlmsg_len = NLMSG_HDRLEN + header;
	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = ++sequence;
	if (acknowledge_all || last) message->nlmsg_flags |= NLM_F_ACK, unanswered++;
	return NLMSG_DATA(message);
}

static void *attribute(int type, const void *payload, size_t bytes) {
	struct rtattr *a = (void *)((char *)message + message->nlmsg_len);
	a->rta_type = type;
	a->rta_len = RTA_LENGTH(bytes);
	if (bytes) memcpy(RTA_DATA(a), payload, bytes);
	message->nlmsg_len += RTA_ALIGN(a->rta_len);
	return a;
}

static void nested_end(struct rtattr *a) { a->rta_len = (char *)message + message->nlmsg_len - (char *)a; }

static void end(void) { length += NLMSG_ALIGN(message->nlmsg_len); }

static uint32_t ticks(uint32_t bytes, uint32_t rate) { return (uint64_t)bytes * 1000000000 / rate / 64; }

static void htb_class(int i, int flags, int turn, int last) {
	struct tcmsg *t = begin(RTM_NEWTCLASS, flags, sizeof *t, last);
	t->tcm_ifindex = devices[0];
	t->tcm_handle = classes[i].id;
	t->tcm_parent = classes[i].parent;
	attribute(TCA_KIND, "htb", 4);
	struct rtattr *options = attribute(TCA_OPTIONS, 0, 0);
	uint32_t rate = (10 + turn % 500) * 1000000 / 8;
	struct tc_htb_opt opt = {
		.rate = { .rate = rate, .linklayer = TC_LINKLAYER_ETHERNET },
		.ceil = { .rate = 2 * rate, .linklayer = TC_LINKLAYER_ETHERNET },
		.buffer = ticks(1600, rate), .cbuffer = ticks(1600, 2 * rate), .quantum = 1514,
	};
	attribute(TCA_HTB_PARMS, &opt, sizeof opt);
	nested_end(options);
	end();
}

static void route(int i, int turn, int last) {
	struct rtmsg *r = begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, sizeof *r, last);
	*r = (struct rtmsg){ .rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT, .rtm_scope = RT_SCOPE_LINK, .rtm_type = RTN_UNICAST };
	uint32_t address = htonl(0x0a000000 + i);
	attribute(RTA_DST, &address, 4);
	attribute(RTA_OIF, &devices[turn % 2], 4);
	end();
}

static void u32_filter(int i, int last) {
	struct tcmsg *t = begin(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, sizeof *t, last);
	t->tcm_ifindex = devices[0];
	t->tcm_parent = 0x10000;
	t->tcm_handle = 0x200000 | (i & 255) << 12 | (1 + i / 256);
	t->tcm_info = TC_H_MAKE(1 << 16, htons(0x0800));
	attribute(TCA_KIND, "u32", 4);
	struct rtattr *options = attribute(TCA_OPTIONS, 0, 0);
	uint32_t flow = 0x10001, table = 0x200000 | (i & 255) << 12;
	struct { struct tc_u32_sel sel; struct tc_u32_key key; } selector = {
		{ .flags = TC_U32_TERMINAL, .nkeys = 1 }, { .mask = 0xffffffff, .val = htonl(0x0a000000 + i), .off = 16 } };
	attribute(TCA_U32_CLASSID, &flow, 4);
	attribute(TCA_U32_HASH, &table, 4);
	attribute(TCA_U32_SEL, &selector, sizeof selector);
	nested_end(options);
	end();
}

static void ifb_link(int i, int last) {
	struct ifinfomsg *m = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *m, last);
	(void)m;
	char name[IFNAMSIZ];
	attribute(IFLA_IFNAME, name, snprintf(name, sizeof name, "n%d", i) + 1);
	struct rtattr *info = attribute(IFLA_LINKINFO, 0, 0);
	attribute(IFLA_INFO_KIND, "ifb", 3);
	nested_end(info);
	end();
}

struct parsed { uint32_t id, parent, leaf, packets, drops, backlog; uint64_t rate, ceil, bytes; uint32_t burst, cburst; };

static void parse_options(struct parsed *p, struct rtattr *a, int rest) {
	for (; RTA_OK(a, rest); a = RTA_NEXT(a, rest)) {
		if (a->rta_type != TCA_HTB_PARMS) continue;
		struct tc_htb_opt *o = RTA_DATA(a);
		p->rate = o->rate.rate, p->ceil = o->ceil.rate, p->burst = o->buffer, p->cburst = o->cbuffer;
	}
}

static void parse_statistics(struct parsed *p, struct rtattr *a, int rest) {
	for (; RTA_OK(a, rest); a = RTA_NEXT(a, rest)) {
		if (a->rta_type == TCA_STATS_BASIC) {
			struct gnet_stats_basic *basic = RTA_DATA(a);
			memcpy(&p->bytes, &basic->bytes, 8);
			p->packets = basic->packets;
		} else if (a->rta_type == TCA_STATS_QUEUE) {
			struct gnet_stats_queue *queue = RTA_DATA(a);
			p->drops = queue->drops, p->backlog = queue->backlog;
		}
	}
}

static int dump(void) {
	struct parsed *all = calloc(2 * n + 1000, sizeof *all);
	int count = 0;
	struct tcmsg *request = begin(RTM_GETTCLASS, NLM_F_DUMP, sizeof *request, 0);
	request->tcm_ifindex = devices[0];
	end();
	unanswered = 0;
	flush();
	for (;;) {
		ssize_t got = recv(fd, in, sizeof in, 0);
		if (got < 0) fail("recv");
		for (struct nlmsghdr *h = (void *)in; NLMSG_OK(h, got); h = NLMSG_NEXT(h, got)) {
			if (h->nlmsg_type == NLMSG_DONE) { free(all); return count; }
			if (h->nlmsg_type != RTM_NEWTCLASS) fail("dump");
			struct tcmsg *t = NLMSG_DATA(h);
			struct parsed *p = &all[count++];
			p->id = t->tcm_handle, p->parent = t->tcm_parent, p->leaf = t->tcm_info;
			int rest = h->nlmsg_len - NLMSG_LENGTH(sizeof *t);
			for (struct rtattr *a = (void *)(t + 1); RTA_OK(a, rest); a = RTA_NEXT(a, rest))
				if (a->rta_type == TCA_OPTIONS) parse_options(p, RTA_DATA(a), RTA_PAYLOAD(a));
				else if (a->rta_type == TCA_STATS2) parse_statistics(p, RTA_DATA(a), RTA_PAYLOAD(a));
		}
	}
}

static int ascending(const void *a, const void *b) { return (*(double *)a > *(double *)b) - (*(double *)a < *(double *)b); }

static void change_one(int turn) {
	static double samples[SAMPLES];
	for (int i = 0; i < SAMPLES; i++) {
		double start = microseconds();
		htb_class((int)((i * 7919L + turn) % n), 0, turn, 1);
		flush();
		samples[i] = microseconds() - start;
	}
	qsort(samples, SAMPLES, sizeof *samples, ascending);
	printf("{\"p50\":%.3f,\"p99\":%.3f}\n", samples[SAMPLES / 2], samples[SAMPLES * 99 / 100]);
}

int main(int argc, char **argv) {
	if (argc != 5) return fprintf(stderr, "usage: peer one|all WORKLOAD N CLASSES\n"), 2;
	acknowledge_all = !strcmp(argv[1], "all");
	const char *workload = argv[2];
	n = atoi(argv[3]);
	classes = calloc(n, sizeof *classes);
	FILE *file = fopen(argv[4], "r");
	for (int i = 0; i < n && file; i++)
		if (fscanf(file, "%u %u", &classes[i].parent, &classes[i].id) != 2) break;
	devices[0] = if_nametoindex("b0"), devices[1] = if_nametoindex("b1");
	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	int bytes = 16 << 20, on = 1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);

	for (int turn; scanf("%d", &turn) == 1; fflush(stdout)) {
		double start = microseconds();
		int count = n;
		if (!strcmp(workload, "change-one")) { change_one(turn); continue; }
		if (!strcmp(workload, "dump-classes")) count = dump();
		else
			for (int i = 0; i < n; i++) {
				int last = i == n - 1;
				if (!strcmp(workload, "change-classes")) htb_class(i, 0, turn, last);
				else if (!strcmp(workload, "add-classes")) htb_class(i, NLM_F_CREATE | NLM_F_EXCL, turn, last);
				else if (!strcmp(workload, "replace-routes")) route(i, turn, last);
				else if (!strcmp(workload, "add-filters")) u32_filter(i, last);
				else ifb_link(i, last);
			}
		if (length) flush();
		printf("{\"microseconds\":%.3f,\"count\":%d}\n", microseconds() - start, count);
	}
}
