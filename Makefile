# Short names for tools/*.sh; the work and the explanations stand there.
.PHONY: help run demo test bench fuzz soak lint format package package-check bare-check rebuild-cost

help:
	@echo 'make run         set-up, build, watch this machine on http://127.0.0.1:9140'
	@echo 'make demo        the operations document at work: real services, faults on a script'
	@echo 'make test        set-up, then every test (half an hour on 2 cores from nothing)'
	@echo 'make lint        format, clang-tidy on what changed, layers, text'
	@echo 'make format      rewrites the sources as .clang-format says'
	@echo 'make fuzz        every fuzzer for FUZZ_SECONDS (60)'
	@echo 'make soak        the long loops: all seeds, hundreds of crashes'
	@echo 'make bench       benchmarks'
	@echo 'make package     build/package/: a .deb for Debian 12, and a tarball'
	@echo 'make package-check  installs, upgrades and purges it in a bare Debian 12 (root)'
	@echo 'make bare-check  make run and make test in a bare Debian 12 (debootstrap, root)'
	@echo 'make rebuild-cost  what a one-line change costs to rebuild and test'

run:
	@tools/run.sh $(ARGS)
demo:
	@tools/demo.sh $(ARGS)
test:
	@tools/test.sh
bench:
	@tools/bench.sh
fuzz:
	@tools/fuzz.sh
soak:
	@tools/soak.sh
lint:
	@tools/lint.sh $(FILES)
format:
	@tools/format.sh
package:
	@tools/package.sh
package-check:
	@tools/package_check.sh
bare-check:
	@tools/bare_check.sh
rebuild-cost:
	@tools/rebuild_cost.sh
