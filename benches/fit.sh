#!/usr/bin/env bash
# Fits real traces and predicts what was held out: launch times of programs on four fleets of virtual machines (Azure Public Dataset,
# "VM noise" 2024, CC-BY-4.0), some 10,000 machines measured once each, every other one held out; and three machines of each fleet for
# weeks, the later half held out. Needs Python and the traces, in TRACES or ../shared/data/calibration/azure_vm_noise.
#
#   benches/fit.sh            print the figures
#   benches/fit.sh --record   also write them to results/fit.json
#
# FLEETSIM names a program that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."
traces=${TRACES:-../shared/data/calibration/azure_vm_noise}
if [ ! -d "$traces" ]; then
    echo "skipped: $traces is not there"
    exit 0
fi
if [ -z "${FLEETSIM:-}" ]; then
    cargo build --release --locked --quiet
    FLEETSIM=target/release/fleetsim
fi
commit=$(git rev-parse --short HEAD)
python3 - "$FLEETSIM" "$traces" "$commit" "${1:-}" <<'PYTHON'
import csv, json, os, platform, subprocess, sys, tempfile

fleetsim, traces, commit, record = sys.argv[1:]
FLEETS = ["B8ms.eastus", "B8ms.westus2", "D8s_v5.eastus", "D8s_v5.westus2"]
# The traces are in millionths of a second; as seconds they have the same shape.
OPTIONS = ["--column", "value", "--unit", "s", "--instance-column", "VM_id", "--format", "json", "--holdout", "50%"]


def fit(fleet, kind, by, empirical):
    with open(os.path.join(traces, f"launch_programs.{fleet}.{kind}.csv"), newline="") as source:
        rows = sorted(csv.DictReader(source), key=lambda row: row["starttime"])
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "trace.csv")
        with open(path, "w", newline="") as target:
            writer = csv.DictWriter(target, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        command = [fleetsim, "fit", "--durations", path, *OPTIONS, "--holdout-by", by]
        done = subprocess.run(command + ["--empirical"] * empirical, capture_output=True, text=True, check=True)
    execution = json.loads(done.stdout)["groups"][0]["execution"]
    own, held = execution["goodness"], execution["held_out"]
    quantiles = held["goodness"]["quantiles"]
    return {
        "trace": f"{fleet}.{kind}",
        "held_out_by": by,
        "distribution": execution["name"],
        "fitted_to": execution["observations"],
        "held_out": held["observations"],
        "distance": round(own["distance"], 4),
        "distance_held_out": round(held["goodness"]["distance"], 4),
        "distance_of_chance": round(held["goodness"]["noise"], 4),
        "quantiles": {
            f"p{100 * pair['share']:g}": {
                "predicted": round(pair["fitted"] / 1e6, 3),
                "seen": round(pair["seen"] / 1e6, 3),
                "error_percent": round(100 * (pair["fitted"] / pair["seen"] - 1), 2),
            }
            for pair in quantiles
        },
    }


kinds = [("short", "in-turn"), ("long", "latest")]
fits = [fit(fleet, *kind, empirical) for kind in kinds for fleet in FLEETS for empirical in [False, True]]
figures = {
    "what": "launch times of programs on virtual machines: fitted to one half, held against the other",
    "command": "benches/fit.sh --record",
    "commit": commit,
    "machine": {"system": platform.platform(), "processors": os.cpu_count()},
    "fits": fits,
}
print(json.dumps(figures, indent=2))
if record == "--record":
    with open("results/fit.json", "w") as file:
        file.write(json.dumps(figures, indent=2) + "\n")
PYTHON
