# `make demo` and `make test` do all their own set-up on a Debian 12 with only its base system, git and make.
JOBS ?= $(shell nproc)

.PHONY: help build demo test check bench soak format clean

help:
	@echo "make demo    see the main job on real servers"
	@echo "make test    set up and run everything; the last line counts"
	@echo "make build   build/release/certherald"
	@echo "make check   format, layers, sizes, tidy of what changed"
	@echo "make bench   measure, in pairs with other scanners"
	@echo "make soak    the long runs: kills, fuzzing, ThreadSanitizer, tidy of the whole tree"

build:
	@tools/setup build
	@tools/build release certherald

demo:
	@tools/setup demo
	@tools/build release certherald
	@tools/demo

test:
	@tools/setup test
	@tools/run_tests.py

check:
	@tools/setup test
	@tools/check

bench:
	@tools/setup bench
	@tools/build release certherald
	@tools/bench

soak:
	@tools/setup test
	@tools/soak

format:
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 -i

clean:
	rm -rf build
