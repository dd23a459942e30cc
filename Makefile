# numaplace: a NUMA placement tool. "make", "make check", "make lint", "make install".
# PREFIX and DESTDIR say where to; CFLAGS, CPPFLAGS and LDFLAGS are the user's own.
#
# Everything is linked in where the toolchain can do that: it halves the time to start, and the
# LD_PRELOAD meant for the command is not loaded twice. STATIC= (nothing) links dynamically, STATIC=1
# insists: no program rather than one that needs libraries.

PREFIX ?= /usr/local
DESTDIR ?=
CC ?= cc
CFLAGS ?= -Os -g
INSTALL ?= install

# Where it is built: another place for another compiler.
BUILD = build
PROGRAM = numaplace

# Every module is a .c with its .h.
MODULES = $(filter-out numaplace,$(patsubst %.c,%,$(sort $(wildcard *.c lib/*.c report/*.c))))

HDR = $(MODULES:=.h)
SRC = $(MODULES:=.c) numaplace.c
OBJ = $(SRC:%.c=$(BUILD)/%.o)
# What measures, and what reads very many lines, is for speed, where the rest is for size.
HOT = lib/chase lib/stream lib/mapping lib/usage lib/resident lib/idset lib/util

# WERROR=-Werror, as the linters have it: not by default, as the next compiler knows more warnings.
WERROR =
WARNINGS = $(WERROR) -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wformat=2 -Wundef -Wvla
# Some compilers define it already, and it wants optimisation.
FORTIFY = $(if $(filter -O1 -O2 -O3 -Os,$(CFLAGS)),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
HARDENING = -fstack-protector-strong -fstack-clash-protection $(FORTIFY) -fPIE
# Debuggers do without the tables for unwinding, and nothing else needs them.
SMALL = -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections
# The same sources make the same program, wherever they are.
ANYWHERE = -ffile-prefix-map=$(CURDIR)=.
ALL_CPPFLAGS = -D_GNU_SOURCE -I. $(CPPFLAGS)
ALL_CFLAGS = -std=gnu11 $(WARNINGS) $(HARDENING) $(SMALL) $(ANYWHERE) $(CFLAGS) $(FAST)
ifeq ($(origin STATIC),undefined)
STATIC := $(shell echo 'int main(void) { return 0; }' | \
	$(CC) -static-pie -fPIE -x c - -o /dev/null -lcap 2>/dev/null && echo 1)
endif
ifneq ($(STATIC),)
ALL_LDFLAGS = -static-pie $(LINKING) $(LDFLAGS)
else
ALL_LDFLAGS = -pie $(LINKING) $(LDFLAGS)
endif
LINKING = -Wl,-z,relro,-z,now,-z,noexecstack,--gc-sections
LDLIBS = -lcap -pthread

# As many jobs as there are CPUs, where nobody says how many.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif

# What make was called with is for this call alone: not for a make that a test or a package calls.
ANEW = env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS

# make V=1 shows the commands.
Q = $(if $(V),,@)

all: $(PROGRAM)

# Without linking: for another libc's headers.
objects: $(OBJ)

# What it is built with: with other flags it is built anew, but for "make install", which takes what
# there is.
FLAGS = $(if $(filter install install-compat,$(MAKECMDGOALS)),,FORCE)
COMPILED = $(BUILD)/compiled
LINKED = $(BUILD)/linked.$(notdir $(PROGRAM))
note = mkdir -p $(@D); echo '$(subst ','\'',$(1))' | cmp -s - $@ || echo '$(subst ','\'',$(1))' >$@

$(COMPILED): $(FLAGS)
	@$(call note,$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS))

$(LINKED): $(FLAGS)
	@$(call note,$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LDLIBS))

$(PROGRAM): $(OBJ) $(LINKED)
	@echo "  LD  $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(OBJ) $(LDLIBS)

$(OBJ): $(HDR) Makefile $(COMPILED)

$(HOT:%=$(BUILD)/%.o): FAST = $(if $(filter -Os,$(CFLAGS)),-O2)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC  $<"
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# Tests. Each suite is a program that prints TAP; tests/run counts. MUST_WORK=1: a skip fails.

UNIT = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
# The longest first. Each may run beside the others.
SUITES = tests/vm/run tests/fuzz/run tests/arm64 tests/cli/inject.bats tests/sanitized tests/faults \
	$(filter-out %/inject.bats,$(wildcard tests/cli/*.bats)) tests/agree $(UNIT)

# A unit test that brings its own lib/kernel takes the place of the real one.
$(BUILD)/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(OBJ)
	@mkdir -p $(@D)
	@echo "  CC  $<"
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -o $@ $< $(if $(filter %/policy %/batch %/segment %/room %/migrate,$@),\
		$(filter-out $(BUILD)/numaplace.o $(BUILD)/lib/kernel.o,$(OBJ)),\
		$(filter-out $(BUILD)/numaplace.o,$(OBJ))) -lcmocka $(LDLIBS)

# The static program needs no sanitizer's loader, and the sanitizers need the loader.
sanitized:
	$(MAKE) BUILD=build/sanitized PROGRAM=build/sanitized/numaplace STATIC= CFLAGS='-O1 -g1' \
		HARDENING='-fsanitize=address,undefined -fno-sanitize-recover=all \
		-fno-omit-frame-pointer -fPIE'

check: $(PROGRAM) $(UNIT) sanitized
	$(ANEW) tests/run $(SUITES)

# Each guest on both kernels, all that is repeated in full, the linters without a limit, and coverage.
check-all:
	VM_ALL=1 FUZZ_SECONDS=60 $(MAKE) check
	VM_ALL=1 $(MAKE) lint
	$(MAKE) coverage

# Which lines the tests reach; GUESTS="cgroup migrate": those of tests/vm too.
coverage:
	$(ANEW) tests/coverage $(GUESTS)

# Linters, as suites too: one test each.
lint: $(PROGRAM)
	$(ANEW) tests/run tests/lint

SCHEMAS = $(wildcard docs/*.schema.json)
# Where the shells look for completions; zsh of some distributions has a place for packages.
BASH_COMPLETIONS = $(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS = $(PREFIX)/share/zsh/site-functions
FISH_COMPLETIONS = $(PREFIX)/share/fish/vendor_completions.d

install: numaplace
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(BASH_COMPLETIONS) $(DESTDIR)$(ZSH_COMPLETIONS) $(DESTDIR)$(FISH_COMPLETIONS) \
		$(DESTDIR)$(PREFIX)/share/doc/numaplace $(DESTDIR)$(PREFIX)/share/numaplace
	$(INSTALL) -m 755 numaplace $(DESTDIR)$(PREFIX)/bin/numaplace
	$(INSTALL) -m 755 tests/gather $(DESTDIR)$(PREFIX)/share/numaplace/gather
	$(INSTALL) -m 644 man/numaplace.1 $(DESTDIR)$(PREFIX)/share/man/man1/numaplace.1
	$(INSTALL) -m 644 completions/numaplace $(DESTDIR)$(BASH_COMPLETIONS)/numaplace
	$(INSTALL) -m 644 completions/_numaplace $(DESTDIR)$(ZSH_COMPLETIONS)/_numaplace
	$(INSTALL) -m 644 completions/numaplace.fish $(DESTDIR)$(FISH_COMPLETIONS)/numaplace.fish
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
	rm -f $(DESTDIR)$(PREFIX)/bin/numaplace $(DESTDIR)$(PREFIX)/share/numaplace/gather \
		$(DESTDIR)$(PREFIX)/share/man/man1/numaplace.1 \
		$(DESTDIR)$(BASH_COMPLETIONS)/numaplace $(DESTDIR)$(ZSH_COMPLETIONS)/_numaplace \
		$(DESTDIR)$(FISH_COMPLETIONS)/numaplace.fish \
		$(SCHEMAS:docs/%=$(DESTDIR)$(PREFIX)/share/doc/numaplace/%)
	rmdir $(DESTDIR)$(PREFIX)/share/doc/numaplace $(DESTDIR)$(PREFIX)/share/numaplace 2>/dev/null || true

# Packages, of what git knows or would: the name and version of the sources, in a place of their own.
VERSION = $(shell sed -n 's/^.define VERSION "\(.*\)"/\1/p' request.c)
DIST = build/numaplace-$(VERSION).tar.gz

dist:
	@mkdir -p build
	git ls-files -co --exclude-standard | LC_ALL=C sort | \
		tar -c --transform='s|^|numaplace-$(VERSION)/|' --mtime=@$$(git log -1 --format=%ct) \
		--owner=0 --group=0 --numeric-owner --mode=go=rX --ignore-failed-read -T - | gzip -n >$(DIST)

deb: dist
	rm -rf build/deb && mkdir build/deb
	tar -xf $(DIST) -C build/deb
	cd build/deb/numaplace-$(VERSION) && $(ANEW) dpkg-buildpackage -b -us -uc

# The time and the place of the build are not in it.
RPMDATE = $(foreach setting,source_date_epoch_from_changelog use_source_date_epoch_as_buildtime \
	clamp_mtime_to_source_date_epoch,--define '$(setting) 1') --define '_buildhost localhost'

# RPMFLAGS=--nodeps where rpm does not know what is installed.
rpm: dist
	rm -rf build/rpm && mkdir build/rpm
	$(ANEW) rpmbuild --define '_topdir $(CURDIR)/build/rpm' $(RPMDATE) $(RPMFLAGS) -tb $(DIST)

clean:
	rm -rf build numaplace

.PHONY: FORCE all objects sanitized check check-all coverage lint install install-compat uninstall dist deb rpm clean
