#!/bin/bash
# A run in shards under Slurm: sbatch docs/jobs/slurm.sh, and then fleetsim merge shards -o out.
# Run again it computes only what is not there: sbatch --array=3,7 docs/jobs/slurm.sh repeats two shards.
#SBATCH --job-name=fleetsim
#SBATCH --array=1-16
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --requeue
#SBATCH --signal=B:TERM@60
#SBATCH --output=fleetsim-%A_%a.log
set -euo pipefail

SCENARIO=${SCENARIO:-scenarios/patch-night.toml}
REPLICATIONS=${REPLICATIONS:-1000000}
# As in --array above; a part of the array may be repeated, so that Slurm cannot tell.
SHARDS=${SHARDS:-16}

# In place of the shell, so that the end of the time allowed is told to fleetsim, which keeps what it has.
exec "${FLEETSIM:-fleetsim}" run "$SCENARIO" --replications "$REPLICATIONS" \
    --shard "auto/$SHARDS" --threads "${SLURM_CPUS_PER_TASK:-1}" --out shards
