"""Reads latencies.hlog of a run and holds it against summary.json. Prints the stages that were found."""

import json
import pathlib
import sys

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

LONGEST = 400 * 24 * 3600 * 1_000_000
QUANTILES = {"p50": 50, "p90": 90, "p95": 95, "p99": 99, "p999": 99.9}

directory = pathlib.Path(sys.argv[1])
pooled = json.loads((directory / "summary.json").read_text())["commands"][0]["pooled"]
stages = {}
reader = HistogramLogReader(str(directory / "latencies.hlog"), HdrHistogram(1, LONGEST, 3))
while (interval := reader.get_next_interval_histogram()) is not None:
    whole = stages.setdefault(interval.get_tag(), HdrHistogram(1, LONGEST, 3))
    whole.add(interval)
reader.close()

assert sorted(stages) == sorted(pooled), (sorted(stages), sorted(pooled))

def near(value, other):
    return abs(value - other) <= 0.001 * other + 1


for stage, spread in pooled.items():
    histogram = stages[stage]
    count = histogram.get_total_count()
    assert count == spread["count"], stage
    assert near(histogram.get_max_value(), spread["max"]), stage
    assert near(histogram.get_mean_value(), spread["mean"]), stage
    for name, share in QUANTILES.items():
        # This reader rounds the rank to the nearest whole number, where fleetsim takes the next above.
        ranks = [histogram.get_value_at_percentile(min(share + step / count, 100)) for step in (0, 50, 100)]
        assert any(near(value, spread[name]) for value in ranks), (stage, name, ranks, spread[name])
print(*sorted(stages))
