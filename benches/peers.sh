#!/usr/bin/env bash
# Measures fleetsim beside other simulation engines on the reference rollout: NeXosim, simrs, odem-rs, a heap of boxed
# closures, and SimPy as processes and as callbacks. Every engine runs the same model (benches/peers/), and the
# outcomes have to agree before anything is printed: those of the Rust peers exactly, for they draw the same numbers,
# those of fleetsim and SimPy within chance. Rounds are interleaved and timed by processor time, instructions counted
# by callgrind, memory is the peak of the process. Prints the figures, and the bars with met or missed.
#
#   benches/peers.sh            print the tables
#   benches/peers.sh --record   also write results/peers.json
#
# The first run takes about five minutes, most of it the build; later ones two. Apart from the project's own build: all
# of it goes to target/peers. Needs valgrind, git, a python3 with pip, and the package registries the first time.
# PYTHON names the interpreter for SimPy; default is the system's, for those built from source are often slower.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=target/peers/venv
if ! "$venv/bin/python" -c 'import simpy' 2> /dev/null; then
    system=$([[ -x /usr/bin/python3 ]] && echo /usr/bin/python3 || echo python3)
    # A system's Python may come without the pip that a venv wants; any other pip can install into it.
    "${PYTHON:-$system}" -m venv --clear --without-pip "$venv"
    python3 -m pip --python "$venv/bin/python" install --quiet simpy==4.1.1
fi

cargo build --release --locked --quiet --manifest-path benches/peers/Cargo.toml --target-dir target/peers
target/peers/release/compare "$@"
