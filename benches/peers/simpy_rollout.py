"""The reference rollout on SimPy, as processes or as callbacks; benches/peers.sh runs it.

    simpy_rollout.py processes|callbacks INSTANCES CONCURRENCY SECONDS

Prints the same line of JSON as the Rust programs. One generator draws everything, which costs less than a stream an
instance; the histograms have cells of three digits.
"""

import json
import math
import random
import sys
import time
from collections import defaultdict

import simpy

MEDIAN, SIGMA, TIMEOUT = math.log(20), 0.8, 300.0
SUCCESS, FAILED, TIMED_OUT = range(3)


class Histogram:
    """Counts in cells that are a 2048th of a power of two wide."""

    def __init__(self):
        self.cells = defaultdict(int)

    def record(self, value):
        mantissa, exponent = math.frexp(value)
        self.cells[exponent << 11 | int(mantissa * 2048)] += 1

    def count(self):
        return sum(self.cells.values())

    def mean(self):
        middles = ((math.ldexp((cell & 2047) + 0.5, (cell >> 11) - 11), n) for cell, n in self.cells.items())
        return sum(middle * n for middle, n in middles) / self.count()


class Rollout:
    """Who is sent to when, what an invocation draws and what is counted, but no events."""

    def __init__(self, env, instances, concurrency):
        self.env = env
        self.instances, self.concurrency = instances, concurrency
        self.random = random.Random(1)
        self.sent = self.in_flight = self.peak_in_flight = self.acknowledged = 0
        self.window = 1
        self.endings = [0, 0, 0]
        self.makespan = 0.0
        self.durations, self.latencies = Histogram(), Histogram()
        self.terminal_seen = bytearray(instances)
        self.out_of_order = 0

    def may_send(self):
        return self.in_flight < self.window and self.sent < self.instances

    def begin(self):
        instance = self.sent
        self.sent += 1
        self.in_flight += 1
        if self.in_flight > self.peak_in_flight:
            self.peak_in_flight = self.in_flight
        return instance

    def acknowledge(self):
        self.acknowledged += 1
        self.window = min(self.concurrency, 1 + 2 * self.acknowledged)

    def execution(self):
        return min(math.exp(self.random.gauss(MEDIAN, SIGMA)), TIMEOUT)

    def end(self, sent, execution):
        self.in_flight -= 1
        failed = self.random.random() < 0.01
        self.endings[TIMED_OUT if execution == TIMEOUT else FAILED if failed else SUCCESS] += 1
        self.makespan = self.env.now
        self.durations.record(self.env.now - sent)

    def arrive(self, instance, terminal, latency):
        self.latencies.record(latency)
        if terminal:
            self.terminal_seen[instance] = True
        else:
            self.out_of_order += self.terminal_seen[instance]

    def outcome(self):
        return {
            "success": self.endings[SUCCESS],
            "failed": self.endings[FAILED],
            "timed_out": self.endings[TIMED_OUT],
            "notifications": self.latencies.count(),
            "out_of_order": self.out_of_order,
            "mean_latency": self.latencies.mean(),
            "peak_in_flight": self.peak_in_flight,
            "mean_duration": self.durations.mean(),
            "makespan": self.makespan,
        }


class Processes(Rollout):
    """An invocation is a process, and so is a notification."""

    def send(self):
        while self.may_send():
            self.env.process(self.invocation(self.begin()))

    def invocation(self, instance):
        sent = self.env.now
        yield self.env.timeout(5.0 * self.random.random())
        self.acknowledge()
        self.env.process(self.notification(instance, False))
        self.send()
        execution = self.execution()
        yield self.env.timeout(execution)
        self.end(sent, execution)
        self.env.process(self.notification(instance, True))
        self.send()

    def notification(self, instance, terminal):
        latency = self.random.expovariate(0.5)
        yield self.env.timeout(latency)
        self.arrive(instance, terminal, latency)


class Callbacks(Rollout):
    """Every event is a timeout with one callback."""

    def schedule(self, delay, callback, value):
        self.env.timeout(delay, value).callbacks.append(callback)

    def send(self):
        while self.may_send():
            self.schedule(5.0 * self.random.random(), self.handle_received, (self.begin(), self.env.now))

    def handle_received(self, event):
        instance, sent = event.value
        self.acknowledge()
        self.publish(instance, False)
        execution = self.execution()
        self.schedule(execution, self.handle_ended, (instance, sent, execution))
        self.send()

    def handle_ended(self, event):
        instance, sent, execution = event.value
        self.end(sent, execution)
        self.publish(instance, True)
        self.send()

    def publish(self, instance, terminal):
        latency = self.random.expovariate(0.5)
        self.schedule(latency, self.handle_arrived, (instance, terminal, latency))

    def handle_arrived(self, event):
        self.arrive(*event.value)


def run(form, instances, concurrency):
    env = simpy.Environment()
    rollout = form(env, instances, concurrency)
    rollout.send()
    env.run()
    return rollout.outcome()


def peak_memory():
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def main():
    form = {"processes": Processes, "callbacks": Callbacks}[sys.argv[1]]
    instances, concurrency, least_seconds = int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    before = peak_memory()
    start = time.process_time()
    outcome = run(form, instances, concurrency)
    rollouts, seconds = 1, time.process_time() - start
    while seconds < least_seconds:
        assert run(form, instances, concurrency) == outcome, "the same rollout again"
        rollouts += 1
        seconds = time.process_time() - start
    line = {"outcome": outcome, "rollouts": rollouts, "seconds": seconds, "memory": [before, peak_memory()]}
    print(json.dumps(line))


if __name__ == "__main__":
    main()
