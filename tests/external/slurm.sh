#!/bin/bash
# docs/jobs/slurm.sh, run by a Slurm of its own on this machine: munged, slurmctld and slurmd are started in a directory that is
# removed afterwards. Argument: the program. Exit code 77: it could not be tried; the reason is printed.
set -euo pipefail
program=$1
root=$(cd "$(dirname "$0")/../.." && pwd)

skip() { echo "skipped: $*"; exit 77; }

[[ $(id -u) == 0 ]] || skip "slurmd has to be started by root"
for name in munged slurmctld slurmd sbatch; do
    PATH=$PATH:/usr/sbin command -v $name >/dev/null || skip "$name is not installed (Debian: slurm-wlm, munge)"
done
export PATH=$PATH:/usr/sbin

place=$(mktemp -d /tmp/fleetsim-slurm-XXXXXX)
daemons=()
cleanup() {
    code=$?
    for daemon in "${daemons[@]}"; do kill "$daemon" 2>/dev/null || true; done
    for daemon in "${daemons[@]}"; do wait "$daemon" 2>/dev/null || true; done
    if [[ $code != 0 ]]; then tail -n 30 "$place"/*.log "$place"/work/*.log 2>/dev/null || true; fi
    rm -rf "$place"
}
trap cleanup EXIT
mkdir -m 755 "$place"/{munge,state,spool,work}

# A key and a socket of its own, so that a Slurm that is on this machine already is not disturbed.
dd if=/dev/urandom of="$place/munge/key" bs=128 count=1 status=none
chmod 400 "$place/munge/key"
munged --foreground --force --key-file="$place/munge/key" --socket="$place/munge/socket" \
    --pid-file="$place/munge/pid" --log-file="$place/munged.log" --seed-file="$place/munge/seed" 2> /dev/null &
daemons+=($!)

host=$(hostname -s)
# Below the ports that systems give to outgoing connections, one of which would be in the way.
export SLURM_CONF=$place/slurm.conf
cat > "$SLURM_CONF" <<CONF
ClusterName=fleetsim
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$place/munge/socket
CredType=cred/munge
StateSaveLocation=$place/state
SlurmdSpoolDir=$place/spool
SlurmctldPidFile=$place/slurmctld.pid
SlurmdPidFile=$place/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
slurmctld -D -f "$SLURM_CONF" > "$place/slurmctld.log" 2>&1 &
daemons+=($!)
slurmd -D -N "$host" -f "$SLURM_CONF" > "$place/slurmd.log" 2>&1 &
daemons+=($!)
for ((try = 0; try < 60; try++)); do
    [[ $(sinfo --noheader --format=%t 2>/dev/null) == idle ]] && break
    sleep 0.5
done
[[ $(sinfo --noheader --format=%t) == idle ]] || { echo "the node does not become idle"; exit 1; }

cd "$place/work"
export SCENARIO=$root/scenarios/bad-release.toml FLEETSIM=$program
SHARDS=5 REPLICATIONS=200 timeout 120 sbatch --wait --array=1-5 "$root/docs/jobs/slurm.sh"
[[ $(ls shards) == "$(printf '%s-of-5.shard\n' 1 2 3 4 5)" ]] || { ls shards; exit 1; }
"$program" merge shards -o merged > merged.txt
"$program" run "$SCENARIO" --replications 200 -o whole > whole.txt
cmp merged.txt whole.txt
diff --recursive --exclude=run.json merged whole

# A shard that is lost is named, and its task alone is run again.
rm shards/3-of-5.shard
if "$program" merge shards 2> missing.txt; then exit 1; fi
grep "shard 3 of 5 is missing" missing.txt
SHARDS=5 REPLICATIONS=200 timeout 120 sbatch --wait --array=3 "$root/docs/jobs/slurm.sh"
"$program" merge shards > again.txt
cmp again.txt whole.txt

# A task that Slurm ends keeps what it has; repeated, it goes on.
rm -r shards
job=$(SHARDS=1 REPLICATIONS=20000000 sbatch --parsable --array=1 "$root/docs/jobs/slurm.sh")
for ((try = 0; try < 100; try++)); do
    [[ $(squeue --noheader --format=%T --job "$job") == RUNNING ]] && break
    sleep 0.2
done
sleep 2
scancel "$job"
for ((try = 0; try < 150; try++)); do
    [[ -z $(squeue --noheader --job "$job") ]] && break
    sleep 0.2
done
[[ $(ls shards) == 1-of-1.shard.partial ]] || { ls shards; exit 1; }
grep "run it again to go on" fleetsim-"$job"_1.log
echo "Slurm $(sinfo --version) computed the shards"
