"""What happens in the demo, act by act, and what must come of it.

Nothing is faked: replicas are killed, burn CPU and hold memory, PostgreSQL is stopped;
what is told is read from the server, and at the end everything is asserted from the
journal and from what the receivers took."""

import collections
import json
import os
import signal
import time

from demo import world as stage
from tests.support.load import Load
from tests.support.replicas import make
from tests.support.server import processes, wait_until

RULES = ("HighCPUUtilization", "HighErrorRate", "LowHealthyHosts", "HighResponseTime",
         "HighMemoryUtilization")


class Story:
    def __init__(self, world, say):
        self.world = world
        self.server = world.server
        self.load = None
        self.tell = say
        # An alarm needs two periods of the rule, then some for what follows.
        self.patience = 90 if world.quick else 420

    # --- reading ------------------------------------------------------------

    def tasks(self, status="RUNNING"):
        return [task for task in self.server.api("services/app/tasks")["tasks"]
                if task["last_status"] == status]

    def service(self):
        return next((s for s in self.server.api("services")["services"] if s["name"] == "app"),
                    None)

    def alarm(self, name):
        return next((a for a in self.server.api("now")["alarms"] if a["name"] == name), None)

    def incident_of(self, alarm):
        return next((i for i in self.server.api("incidents?state=open")["incidents"]
                     if i["alarm"] == alarm), None)

    def events(self, *types):
        """What the journal says, oldest first."""
        found, before = [], ""
        while True:
            more = ["--before", before] if before else []
            _, out, _ = self.server.cli("journal", "show", "--limit", "1000", *more, "--output",
                                        "json", check=0)
            entries = json.loads(out)["entries"]
            found += [e for e in entries if e["type"] in types]
            if len(entries) < 1000:
                return found[::-1]
            before = str(entries[-1]["sequence"])

    def healthy(self):
        service = self.service()
        return service["healthy"] if service else 0

    # --- acting -------------------------------------------------------------

    def make(self, **fault):
        """Every replica that runs becomes so; an empty fault makes it well."""
        for task in self.tasks():
            try:
                make(task, **fault)
            except OSError:
                pass  # It is on its way out.

    def await_alarm(self, name, state):
        begun = time.monotonic()
        wait_until(lambda: self.alarm(name)["state"] == state, self.patience,
                   f"{name} to be {state}")
        self.tell(f"{name} is {state} after {time.monotonic() - begun:.0f} s: "
                  f"{self.alarm(name)['reason']}")

    def await_quiet(self, name):
        """The alarm is OK again and its incident over."""
        self.await_alarm(name, "OK")
        wait_until(lambda: not self.incident_of(name), self.patience, "the incident to resolve")

    def await_healthy(self, count):
        wait_until(lambda: self.healthy() == count, self.patience, f"{count} healthy replicas")

    # --- the acts -----------------------------------------------------------

    def play(self):
        begun = time.monotonic()
        for act in (self.begin, self.a_replica_dies, self.errors, self.slow_answers, self.cpu,
                    self.memory, self.total_outage, self.the_end):
            self.tell("")
            self.tell("== " + act.__doc__)
            act()
        self.tell(f"The demo took {(time.monotonic() - begun) / 60:.1f} minutes.")

    def begin(self):
        """Three replicas behind HAProxy, under load; PostgreSQL and Knot beside."""
        self.await_healthy(stage.REPLICAS)
        self.load = Load(self.world.haproxy.port, rate=40)
        time.sleep(self.world.period)  # What was not yet healthy is in no period of the rules.
        self.world.arm()
        wait_until(lambda: self.alarm("LowHealthyHosts") is not None, 20, "the alarms")
        wait_until(lambda: self.alarm("LowHealthyHosts")["state"] == "OK", self.patience,
                   "the balancer's view of the replicas")
        for part in (self.world.database, self.world.knot):
            wait_until(lambda: self.probe(part.port)["state"] == "up", 30, f"port {part.port}")
        self.tell(f"{stage.REPLICAS} replicas are healthy; the database and the zone answer. "
                  f"See for yourself: {self.server.url}")

    def probe(self, port):
        """What the probe of the service on a port says."""
        return next(t for t in self.server.api("targets")["targets"]
                    if t["job"] == "probe" and t["target"].endswith(f":{port}"))

    @staticmethod
    def process_of(task):
        """The process of a replica, not its shim."""
        return next(pid for pid, command in processes(f"HINOMI_TASK={task['id']}")
                    if " sample-app " in command and " shim " not in command)

    def a_replica_dies(self):
        """A replica is killed: it is replaced, nobody is woken."""
        victim = self.tasks()[0]
        os.kill(self.process_of(victim), signal.SIGKILL)
        self.tell(f"SIGKILL to replica {victim['id'][:8]} on port {victim['port']}")
        stopped = wait_until(lambda: [t for t in self.tasks("STOPPED") if t["id"] == victim["id"]],
                             30, "the end of the replica to be noticed")[0]
        self.tell(f"It is seen: {stopped['stop_code']}: {stopped['stopped_reason']}")
        wait_until(lambda: victim["id"] not in [t["id"] for t in self.tasks()], 30, "it to go")
        self.await_healthy(stage.REPLICAS)
        self.tell(f"{stage.REPLICAS} replicas are healthy again; open incidents: "
                  f"{len(self.server.api('incidents?state=open')['incidents'])}")

    def errors(self):
        """The app answers 500: HighErrorRate, people hear of it at PagerDuty and in Slack."""
        self.make(status=500)
        self.await_alarm("HighErrorRate", "ALARM")
        incident = wait_until(lambda: self.incident_of("HighErrorRate"), 20, "the incident")
        wait_until(lambda: self.world.pagerduty.alerts, 40, "PagerDuty")
        wait_until(lambda: any(incident["id"] in m for m in self.world.slack.messages()), 40,
                   "Slack")
        self.tell(f"{incident['id']}: PagerDuty has it for on-call, Slack for the team")
        self.server.cli("incident", "acknowledge", incident["id"], check=0)
        self.tell(f"on-call has it: hinomi incident acknowledge {incident['id']}")
        self.make()
        self.await_quiet("HighErrorRate")
        self.tell(f"{incident['id']} is resolved, and so is the alert at PagerDuty")

    def slow_answers(self):
        """The app is slow: HighResponseTime is told in the chat and wakes nobody."""
        calls = len(self.world.pagerduty.arrived)
        self.make(delay_ms=1500)
        self.await_alarm("HighResponseTime", "ALARM")
        wait_until(lambda: any("HighResponseTime" in m for m in self.world.slack.messages()), 40,
                   "Slack")
        self.make()
        self.await_quiet("HighResponseTime")
        self.woken_by_slowness = len(self.world.pagerduty.arrived) - calls
        self.tell("Slack has it; calls to PagerDuty meanwhile: "
                  f"{self.woken_by_slowness}")

    def cpu(self):
        """The app burns CPU: HighCPUUtilization adds replicas; afterwards they go again."""
        self.scale_out("HighCPUUtilization", burn_percent=14)

    def memory(self):
        """The app leaks memory: HighMemoryUtilization adds replicas; afterwards they go again."""
        self.scale_out("HighMemoryUtilization", hold_mib=70)

    def scale_out(self, rule, **fault):
        failed = len(self.load.failures)
        self.make(**fault)
        self.await_alarm(rule, "ALARM")
        wait_until(lambda: self.healthy() > stage.REPLICAS, self.patience, "one replica more")
        self.tell(f"{self.healthy()} replicas are in rotation. "
                  f"{self.server.cli('explain', rule)[1].splitlines()[0]}")
        self.make()
        self.await_alarm(rule, "OK")
        self.await_healthy(stage.REPLICAS)
        failed = self.load.failures[failed:]
        self.must(not failed, f"no request failed while replicas came and went {failed or ''}")
        self.tell(f"Back to {stage.REPLICAS} replicas, each drained before it went")

    def total_outage(self):
        """PostgreSQL dies, and no replica can do without it: everybody is called at once."""
        self.world.database.stop()
        self.await_alarm("LowHealthyHosts", "ALARM")
        incident = wait_until(lambda: self.incident_of("LowHealthyHosts"), 20, "the incident")
        wait_until(lambda: {m["To"] for m in self.world.mail.received()} >=
                   {"cto@example.com", "management@example.com"}, 60, "level 4")
        self.tell(f"{incident['id']} is {incident['severity']}: level 4 (CTO, management) was "
                  "called at once, whatever the hour")
        probe = wait_until(lambda: (lambda p: p if p["state"] == "down" else None)(
            self.probe(self.world.database.port)), 30, "the probe to see it")
        self.tell("The probe says which layer fails: " + probe["error"])
        self.server.cli("incident", "acknowledge", incident["id"], check=0)
        self.world.database.start()
        self.tell("PostgreSQL is started again")
        self.await_healthy(stage.REPLICAS)
        self.await_quiet("LowHealthyHosts")
        wait_until(lambda: not self.server.api("incidents?state=open")["incidents"],
                   self.patience, "every incident to resolve")
        wait_until(lambda: all(events[-1] == "resolve"
                               for events in self.world.pagerduty.alerts.values()), 30,
                   "PagerDuty to hear of it")

    # --- what must have come of it ------------------------------------------

    def the_end(self):
        """What the journal and the receivers say"""
        self.load.stop()
        code, out, _ = self.server.cli("journal", "verify")
        self.must(code == 0, "the journal's chain is whole: " + out.strip())
        fired = {}
        for event in self.events("alarm.transitioned"):
            if event["data"]["to"] == "ALARM":
                fired[event["data"]["alarm"]] = fired.get(event["data"]["alarm"], 0) + 1
        for rule in RULES:
            # An outage is errors as well.
            most = 2 if rule == "HighErrorRate" else 1
            self.must(1 <= fired.get(rule, 0) <= most, f"{rule} fired for real")
        opened = [e["data"]["alarm"] for e in self.events("incident.opened")]
        self.must("HighCPUUtilization" not in opened and "HighMemoryUtilization" not in opened,
                  "scaling woke nobody")
        scaled = self.events("service.scaled")
        for rule in ("HighCPUUtilization", "HighMemoryUtilization"):
            self.must(any(e["data"]["alarm"] == rule and e["data"]["direction"] == "out"
                          for e in scaled), f"{rule} scaled out, says the journal")
        self.must(any(e["data"]["direction"] == "in" for e in scaled), "and in again")
        self.must(all(stage.REPLICAS <= e["data"]["to"] <= stage.MOST_REPLICAS for e in scaled),
                  f"never fewer than {stage.REPLICAS} nor more than {stage.MOST_REPLICAS}")
        self.must(self.woken_by_slowness == 0, "slow answers woke nobody")
        alerts = self.world.pagerduty.alerts
        self.must(all(events[0] == "trigger" and events[-1] == "resolve"
                      for events in alerts.values()) and len(alerts) == opened.count(
                          "HighErrorRate") + opened.count("LowHealthyHosts"),
                  f"PagerDuty's {len(alerts)} alerts were opened and resolved")
        broken = self.world.pagerduty.broken + self.world.slack.broken
        self.must(not broken, f"their documented rules were kept {broken or ''}")
        self.tell(f"Requests of users that were answered well: {self.load.answered}")
        bad = collections.Counter(why for _, _, why in self.load.failures)
        for why, count in bad.most_common():
            self.tell(f"and otherwise, in the acts that are about it: {count} {why}")

    def must(self, true, what):
        self.tell(("ok    " if true else "FAULT ") + what)
        if not true:
            raise AssertionError(what)
