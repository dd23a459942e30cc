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

# Where it is built: another place for another compiler.
BUILD = build
PROGRAM = numaplace

# Every module is a .c with its .h.
MODULES = $(filter-out numaplace,$(patsubst %.c,%,$(wildcard *.c lib/*.c report/*.c)))

HDR = $(MODULES:=.h)
SRC = $(MODULES:=.c) numaplace.c
OBJ = $(SRC:%.c=$(BUILD)/%.o)


# WERROR=-Werror, as the linters have it: not by default, as the next compiler knows more warnings.
WERROR =
WARNINGS = $(WERROR) -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wformat=2 -Wundef -Wvla
# Some compilers define it already, and it wants optimisation.
FORTIFY = $(if $(filter -O1 -O2 -O3 -Os,$(CFLAGS)),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
HARDENING = -fstack-protector-strong $(FORTIFY) -fPIE
ALL_CPPFLAGS = -D_GNU_SOURCE -I. $(CPPFLAGS)
ALL_CFLAGS = -std=gnu11 $(WARNINGS) $(HARDENING) $(CFLAGS)
STATIC := $(shell echo 'int main(void) { return 0; }' | \
	$(CC) -static-pie -fPIE -x c - -o /dev/null -lcap 2>/dev/null && echo 1)
ifneq ($(STATIC),)
ALL_LDFLAGS = -static-pie -Wl,-z,relro,-z,now $(LDFLAGS)
else
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(LDFLAGS)
endif
LDLIBS = -lcap -pthread

# make V=1 shows the commands.
Q = $(if $(V),,@)

all: $(PROGRAM)

$(PROGRAM): $(OBJ)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(OBJ) $(LDLIBS)

$(OBJ): $(HDR) Makefile

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC  $<"
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# Tests. Each suite is a program that prints TAP; tests/run counts. MUST_WORK=1: a skip fails.

UNIT = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
SUITES = $(UNIT) tests/agree $(wildcard tests/cli/*.bats) tests/sanitized tests/fuzz/run tests/vm/run

# A unit test that brings its own lib/kernel takes the place of the real one.
$(BUILD)/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(OBJ)
	@mkdir -p $(@D)
	@echo "  CC  $<"
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -o $@ $< $(if $(filter %/policy %/batch,$@),\
		$(filter-out $(BUILD)/numaplace.o $(BUILD)/lib/kernel.o,$(OBJ)),\
		$(filter-out $(BUILD)/numaplace.o,$(OBJ))) -lcmocka $(LDLIBS)

# The static program needs no sanitizer's loader, and the sanitizers need the loader.
sanitized:
	$(MAKE) BUILD=build/sanitized PROGRAM=build/sanitized/numaplace STATIC= CFLAGS='-O1 -g' \
		HARDENING='-fsanitize=address,undefined -fno-sanitize-recover=all \
		-fno-omit-frame-pointer -fPIE'

check: $(PROGRAM) $(UNIT)
	tests/run $(SUITES)

# Linters, as suites too: one test each.
lint: $(PROGRAM)
	tests/run tests/lint

SCHEMAS = $(wildcard docs/*.schema.json)

install: numaplace
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/doc/numaplace
	$(INSTALL) -m 755 numaplace $(DESTDIR)$(PREFIX)/bin/numaplace
	$(INSTALL) -m 644 man/numaplace.1 $(DESTDIR)$(PREFIX)/share/man/man1/numaplace.1
	$(INSTALL) -m 644 completions/numaplace \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/numaplace
	$(INSTALL) -m 644 $(SCHEMAS) $(DESTDIR)$(PREFIX)/share/doc/numaplace

# The names of the tools that it replaces.
COMPAT = numactl migratepages numastat

install-compat: install
	for name in $(COMPAT); do ln -sf numaplace $(DESTDIR)$(PREFIX)/bin/$$name; done

# A link is removed only where it is ours.
uninstall:
	for name in $(COMPAT); do \
		link=$(DESTDIR)$(PREFIX)/bin/$$name; \
		[ "$$(readlink $$link)" != numaplace ] || rm $$link; \
	done
	rm -f $(DESTDIR)$(PREFIX)/bin/numaplace \
		$(DESTDIR)$(PREFIX)/share/man/man1/numaplace.1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/numaplace \
		$(SCHEMAS:docs/%=$(DESTDIR)$(PREFIX)/share/doc/numaplace/%)
	rmdir $(DESTDIR)$(PREFIX)/share/doc/numaplace 2>/dev/null || true

clean:
	rm -rf build numaplace

.PHONY: all sanitized check lint install install-compat uninstall clean
