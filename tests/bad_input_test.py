"""Bad input: a clear error where the user looks, a metric, and nothing else disturbed."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse

from tests.support import bad_targets, remote_write
from tests.support.ops import write_ops
from tests.support.receivers import WebhookReceiver
from tests.support.server import BINARY, ROOT, HttpAnswer, Server, wait_until


def peak_memory_kb(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM"))


class BadInput(unittest.TestCase):
    """A server that watches one healthy target and pages by webhook."""

    def setUp(self):
        self.webhook = WebhookReceiver()
        self.addCleanup(self.webhook.close)
        folder = tempfile.TemporaryDirectory(prefix="hinomi-bad-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.ops = os.path.join(self.folder, "ops")

    def serve(self, targets=(), **server_options):
        """`targets`: (job, address, more lines of YAML)."""
        good = bad_targets.healthy()
        self.addCleanup(good.close)
        scrape = "scrape:\n"
        for job, address, more in [("good", good.address, ""), *targets]:
            scrape += (f"  - job: {job}\n    targets: ['{address}']\n    interval: 2s\n"
                       "    timeout: 1s\n" + more)
        write_ops(self.ops, webhook=self.webhook.url, extra_targets=scrape)
        server = Server(self.ops, os.path.join(self.folder, "data"), **server_options)
        self.addCleanup(server.close)
        return server.start()

    def pages(self):
        return [a["json"]["data"] for a in self.webhook.accepted()
                if a["json"]["data"]["kind"] == "page"]

    def assert_main_job_goes_on(self, server):
        """A sample still becomes a page, and the healthy target is still scraped."""
        known = len(self.pages())
        begun = time.time()
        # An incident of an earlier call is open still: this one is made by hand.
        _, out, _ = server.cli("incident", "open", f"still there {known}", check=0)
        wait_until(lambda: len(self.pages()) > known, 10, "a page: " + out)
        remote_write.send(server, [({"__name__": "still_there"}, [(int(begun * 1000), known)])])
        self.assertEqual(self.value(server, "still_there"), known)
        wait_until(lambda: self.target(server, "good")["state"] == "up" and self.value(
            server, 'timestamp(good_total)') >= begun, 10, "the healthy target's next scrape")

    def value(self, server, expression):
        answer = server.get("/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        result = answer["data"]["result"]
        return float(result[0]["value"][1]) if result else float("-inf")

    def target(self, server, job):
        return next(t for t in server.api("targets")["targets"] if t["job"] == job)


class TargetTest(BadInput):
    # job → (target, words of the error people read, reason in the metric)
    CASES = {
        "garbage": (bad_targets.garbage, "line 2", "parse"),
        "not_http": (bad_targets.not_http, "", None),
        "endless": (bad_targets.endless, "1048576", "too_large"),
        "silent": (bad_targets.silent, "timed out", "timeout"),
        "drip": (bad_targets.drip, "timed out", "timeout"),
    }

    def test_each_bad_target_is_down_with_its_reason_and_costs_nobody_else(self):
        targets = []
        made = {}
        for job, (make, _, _) in self.CASES.items():
            made[job] = make()
            self.addCleanup(made[job].close)
            targets.append((job, made[job].address, "    body_limit_bytes: 1048576\n"))
        free = socket.create_server(("127.0.0.1", 0))
        nobody = "127.0.0.1:%d" % free.getsockname()[1]
        free.close()
        server = self.serve([*targets, ("nobody", nobody, "")])
        for job, (_, words, reason) in self.CASES.items():
            with self.subTest(job):
                target = wait_until(
                    lambda job=job: (lambda t: t if t["state"] == "down" else None)(
                        self.target(server, job)), 15, job + " to be seen as down")
                self.assertIn(words, target["error"])
                self.assertTrue(target["error"])
                if reason:
                    self.assertGreaterEqual(server.metric(
                        "hinomi_scrape_failures_total", '{reason="%s"}' % reason), 1)
                self.assertEqual(self.value(server, f'up{{job="{job}"}}'), 0)
        wait_until(lambda: self.target(server, "nobody")["state"] == "down", 10, "nobody's error")
        self.assertGreaterEqual(
            server.metric("hinomi_scrape_failures_total", '{reason="unreachable"}'), 1)
        code, out, _ = server.cli("target", "list")
        self.assertEqual(code, 1, "a target is down")
        for job in self.CASES:
            self.assertIn(job, out)
        wait_until(lambda: made["endless"].connections >= 2, 15, "a second scrape")
        each = made["endless"].sent / made["endless"].connections
        self.assertLess(each, 32 << 20, "reading stops at body_limit_bytes, not at 10 GB")
        self.assertLess(peak_memory_kb(server.process.pid), 512 * 1024)
        self.assertEqual(self.value(server, "count(endless)"), float("-inf"))
        self.assert_main_job_goes_on(server)


class RemoteWriteTest(BadInput):
    def test_a_bad_body_is_refused_with_the_reason_and_nothing_of_it_is_kept(self):
        server = self.serve()
        now = int(time.time() * 1000)

        def series(*names_and_values):
            body = b"".join(
                remote_write._field(1, remote_write._field(1, n) + remote_write._field(2, v))
                for n, v in names_and_values)
            sample = b"\x09" + b"\0" * 8 + b"\x10" + remote_write._varint(now)
            return remote_write._field(1, body + remote_write._field(2, sample))

        good = series((b"__name__", b"kept_not"))
        whole = remote_write.snappy(good * 50)
        cases = [
            ("truncated", whole[:-7], 400, "cut or damaged", "snappy"),
            ("empty", b"", 400, "", "snappy"),
            ("not snappy", b"\xff" * 300, 400, "snappy", "snappy"),
            ("bomb", remote_write._varint(3 << 30) + b"\x00a", 413, "67108864", "too_large"),
            ("4 GiB - 1 declared", b"\xff\xff\xff\xff\x0f\x00a", 413, "67108864", "too_large"),
            ("no protobuf", remote_write.snappy(b"\xff\xff\xff no protobuf"), 400, "", "protobuf"),
            ("cut protobuf", remote_write.snappy(good[:-3]), 400, "", "protobuf"),
            ("unsorted", remote_write.snappy(
                good + series((b"__name__", b"kept_not"), (b"b", b"1"), (b"a", b"1"))),
             400, "kept_not", "labels"),
            ("duplicate", remote_write.snappy(
                good + series((b"__name__", b"kept_not"), (b"a", b"1"), (b"a", b"2"))),
             400, "kept_not", "labels"),
            ("no name", remote_write.snappy(good + series((b"a", b"1"))), 400, "", "labels"),
            ("no UTF-8", remote_write.snappy(
                good + series((b"__name__", b"kept_not"), (b"a", b"\xff\xfe"))),
             400, "", "labels"),
        ]
        for name, body, status, words, reason in cases:
            with self.subTest(name):
                metric = ("hinomi_remote_write_rejected_total", '{reason="%s"}' % reason)
                before = server.metric(*metric) or 0
                with self.assertRaises(HttpAnswer) as refused:
                    server.call("POST", "/api/v1/write", body, headers=remote_write.HEADERS,
                                raw=True)
                self.assertEqual(refused.exception.status, status, refused.exception.body)
                self.assertIn(words, refused.exception.body)
                self.assertGreater(len(refused.exception.body), 10)
                self.assertEqual(server.metric(*metric), before + 1)
        self.assertEqual(self.value(server, "kept_not"), float("-inf"))
        self.assertLess(peak_memory_kb(server.process.pid), 512 * 1024)
        self.assert_main_job_goes_on(server)

    def test_a_body_beyond_the_limit_is_refused_before_it_is_read(self):
        server = self.serve()
        host, port = server.url.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        self.addCleanup(connection.close)
        connection.putrequest("POST", "/api/v1/write")
        for name, value in {**remote_write.HEADERS, "Authorization": "Bearer " + server.token(),
                            "Content-Length": str(33 << 20)}.items():
            connection.putheader(name, value)
        connection.endheaders()
        self.assertEqual(connection.getresponse().status, 413)
        self.assertEqual(server.metric("hinomi_http_refused_total", '{reason="body_too_large"}'), 1)
        self.assert_main_job_goes_on(server)


class OriginTest(BadInput):
    def routes(self, server):
        routes = server.api("routes")["routes"]
        self.assertGreater(len(routes), 30)
        for route in routes:
            path = route["path"].replace("*", "x")
            while "{" in path:
                begin, end = path.index("{"), path.index("}")
                path = path[:begin] + "x" + path[end + 1:]
            yield route, path

    def test_no_route_answers_a_page_of_another_origin(self):
        server = self.serve()
        foreign = [{"Origin": "https://evil.example"}, {"Origin": "null"},
                   {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                   {"Origin": server.url.replace("127.0.0.1", "127.0.0.1.evil.example")}]
        refused_before = server.metric("hinomi_http_refused_total",
                                       '{reason="foreign_origin"}') or 0
        refused = 0
        journal = server.api("journal?limit=1")["head"]["sequence"]
        for route, path in self.routes(server):
            open_page = route["method"] == "GET" and (
                path in ("/", "/healthz") or path.startswith("/assets/") or
                route["open_to_other_origins"])
            if open_page:
                self.assertEqual(route["right"], "public", "only what holds no data is open")
                continue
            for headers in foreign:
                with self.subTest(route=route["method"] + " " + route["path"], **headers):
                    body = None if route["method"] == "GET" else b"{}"
                    with self.assertRaises(HttpAnswer) as answer:
                        server.call(route["method"], path, body, raw=True, headers={
                            **headers, "Content-Type": route["content_type"].split(",")[0] or
                            "text/plain"})
                    self.assertEqual(answer.exception.status, 403)
                    self.assertIn("other origins", answer.exception.body)
                    refused += 1
        self.assertGreater(refused, 100)
        self.assertEqual(server.metric("hinomi_http_refused_total", '{reason="foreign_origin"}'),
                         refused_before + refused)
        self.assertEqual(server.api("journal?limit=1")["head"]["sequence"], journal)
        self.assert_main_job_goes_on(server)

    def test_no_route_answers_to_a_name_that_is_not_ours(self):
        server = self.serve()
        for route, path in self.routes(server):
            for host in ("evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example"):
                with self.subTest(route=route["method"] + " " + route["path"], host=host):
                    with self.assertRaises(HttpAnswer) as answer:
                        server.call(route["method"], path, raw=True, headers={"Host": host})
                    self.assertEqual(answer.exception.status, 421)
        self.assertGreater(server.metric("hinomi_http_refused_total", '{reason="bad_host"}'), 90)
        self.assert_main_job_goes_on(server)

    def test_every_route_but_the_public_ones_wants_a_token(self):
        server = self.serve()
        for route, path in self.routes(server):
            if route["right"] == "public":
                continue
            with self.subTest(route=route["method"] + " " + route["path"]):
                with self.assertRaises(HttpAnswer) as answer:
                    server.call(route["method"], path, raw=True, token=False, headers={
                        "Content-Type": route["content_type"].split(",")[0] or "text/plain"})
                self.assertEqual(answer.exception.status, 401)


class HttpTest(BadInput):
    def exchange(self, server, data):
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=15) as connection:
            connection.sendall(data)
            answer = b""
            while True:
                try:
                    piece = connection.recv(65536)
                except ConnectionResetError:
                    return answer
                if not piece:
                    return answer
                answer += piece

    def test_garbage_gets_400_and_the_line_is_closed(self):
        server = self.serve()
        cases = {
            "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
            "binary": bytes(range(256)) * 8 + b"\r\n\r\n",
            "no version": b"GET /healthz\r\n\r\n",
            "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
            "two hosts": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
            "two lengths": b"POST /api/v1/write HTTP/1.1\r\nHost: localhost\r\n"
                           b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            "smuggled": b"POST /api/v1/write HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
                        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n",
            "space before colon": b"GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n",
        }
        for name, data in cases.items():
            with self.subTest(name):
                answer = self.exchange(server, data)
                self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 400 "), answer[:80])
                self.assertLessEqual(len(re.findall(rb"HTTP/1\.1 \d{3} ", answer)), 1,
                                     "one answer, and closed")
        big = self.exchange(server, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " +
                            b"a" * 70_000 + b"\r\n\r\n")
        self.assertTrue(big.startswith(b"HTTP/1.1 431 "), big[:80])
        self.assertGreater(
            server.metric("hinomi_http_refused_total", '{reason="bad_request"}'), 3)
        self.assert_main_job_goes_on(server)

    def test_promql_garbage_gets_an_error_in_prometheus_form(self):
        server = self.serve()
        cases = ["", "(", "rate(up", "up[5m", "sum by (", "up{job=~\"(\"}", "1 +",
                 "no_such_function(up)", "(" * 5000, "rate(up[5m]) offset", "up[0s]", "日本語",
                 "1" * 4000 + "x"]
        for query in cases:
            for path in ("/api/v1/query?", "/api/v1/query_range?start=1&end=2&step=1&"):
                with self.subTest(query=query[:30], path=path):
                    with self.assertRaises(HttpAnswer) as refused:
                        server.get(path + urllib.parse.urlencode({"query": query}))
                    self.assertEqual(refused.exception.status, 400)
                    answer = json.loads(refused.exception.body)
                    self.assertEqual((answer["status"], answer["errorType"]),
                                     ("error", "bad_data"))
                    self.assertTrue(answer["error"])
        with self.assertRaises(HttpAnswer) as refused:  # in a URL NUL is refused as such
            server.call("POST", "/api/v1/query", b"query=up%00", headers={
                "Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(json.loads(refused.exception.body)["errorType"], "bad_data")
        for parameters in ("start=x&end=2&step=1", "start=2&end=1&step=1", "start=1&end=2&step=0",
                           "start=0&end=9999999&step=1", "start=1&end=2"):
            with self.subTest(parameters):
                with self.assertRaises(HttpAnswer) as refused:
                    server.get("/api/v1/query_range?query=up&" + parameters)
                self.assertEqual(json.loads(refused.exception.body)["errorType"], "bad_data")
        self.assert_main_job_goes_on(server)

    def test_bad_json_and_unknown_things_are_told_apart(self):
        server = self.serve()
        for path, body, status in [
                ("/api/hinomi/v1/incidents", b"{", 400), ("/api/hinomi/v1/incidents", b"[]", 400),
                ("/api/hinomi/v1/incidents", b'{"title":7}', 409),
                ("/api/hinomi/v1/incidents", b'{"title":"x","route":"alrt"}', 409),
                ("/api/hinomi/v1/incidents/INC-99/acknowledge", b"{}", 409),
                ("/api/hinomi/v1/nothing", b"{}", 404)]:
            with self.subTest(path=path, body=body):
                with self.assertRaises(HttpAnswer) as refused:
                    server.call("POST", path, body)
                self.assertEqual(refused.exception.status, status, refused.exception.body)
                self.assertTrue(json.loads(refused.exception.body)["error"]["message"])
        self.assert_main_job_goes_on(server)


class OpsFolderTest(BadInput):
    def test_a_broken_folder_starts_nothing_and_tells_all_mistakes(self):
        write_ops(self.ops, webhook=self.webhook.url)
        self.break_folder()
        data = os.path.join(self.folder, "data")
        done = subprocess.run([BINARY, "serve", "--ops", self.ops, "--data", data, "--listen",
                               "127.0.0.1:0"], capture_output=True, text=True, timeout=30,
                              cwd=ROOT, check=False)
        self.assertEqual(done.returncode, 1)
        self.assert_all_mistakes(done.stderr)
        self.assertFalse(os.path.exists(os.path.join(data, "hinomi.db")), "nothing was made")
        checked = subprocess.run([BINARY, "check", self.ops], capture_output=True, text=True,
                                 timeout=30, check=False)
        self.assertEqual(checked.returncode, 1)
        self.assert_all_mistakes(checked.stdout)

    def test_a_folder_that_breaks_while_running_changes_nothing_and_shows(self):
        server = self.serve()
        self.break_folder()
        server.post("/-/reload", raw=True)
        wait_until(lambda: len([f for f in server.api("now")["findings"]
                                if f["level"] == "error"]) >= 3, 15, "the mistakes")
        _, out, _ = server.cli("status")
        self.assertIn("alarms.yml:4", out)
        self.assertIn("contacts.yml", out)
        self.assertEqual(server.metric("hinomi_ops_folder_sound"), 0)
        self.assertEqual(server.api("now")["alarms"][0]["threshold"], 10)
        self.assert_main_job_goes_on(server)

    def break_folder(self):
        for name, old, new in [("alarms.yml", "threshold: 10", "treshold: 10"),
                               ("contacts.yml", "channel: webhook", "channel: webhok"),
                               ("routes.yml", "severity: error", "severity: terrible")]:
            path = os.path.join(self.ops, name)
            with open(path, encoding="utf-8") as f:
                text = f.read()
            with open(path, "w", encoding="utf-8") as f:
                f.write(text.replace(old, new, 1))

    def assert_all_mistakes(self, text):
        for words in ("alarms.yml:4:", "threshold", "contacts.yml:", "webhok", "routes.yml:",
                      "terrible", "^"):
            self.assertIn(words, text)


class TwoServersTest(BadInput):
    def test_the_second_on_one_data_directory_ends_and_names_the_first(self):
        server = self.serve()
        done = subprocess.run([BINARY, "serve", "--ops", self.ops, "--data", server.data,
                               "--listen", "127.0.0.1:0"], capture_output=True, text=True,
                              timeout=30, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn(str(server.process.pid), done.stderr)
        with open(os.path.join(server.data, "address"), encoding="utf-8") as f:
            self.assertEqual(f.read().strip(), server.url, "the first's address stands")
        self.assert_main_job_goes_on(server)

    def test_the_second_on_one_port_ends_and_says_so(self):
        server = self.serve()
        address = server.url.removeprefix("http://")
        done = subprocess.run([BINARY, "serve", "--data", os.path.join(self.folder, "other"),
                               "--listen", address], capture_output=True, text=True, timeout=30,
                              check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn(address, done.stderr)
        self.assert_main_job_goes_on(server)


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare"), "mounts a file system: root")
class FullDiskTest(BadInput):
    """The data directory on a small tmpfs in a mount namespace of its own."""

    MISSING_ALARM = ("  - name: Silence\n    metric: heartbeat\n    threshold: 10\n"
                     "    period: 10s\n    statistic: Maximum\n    evaluationPeriods: 1\n"
                     "    treatMissingData: breaching\n"
                     "    dimensions: {ServiceName: shop}\n    action: alert\n")

    def setUp(self):
        super().setUp()
        self.mount = os.path.join(self.folder, "small")
        os.mkdir(self.mount)
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c",
             f"mount -t tmpfs -o size=200m tmpfs {self.mount} && echo mounted && exec sleep 600"],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end_holder)
        self.assertEqual(self.holder.stdout.readline().strip(), "mounted")
        self.inside = f"/proc/{self.holder.pid}/root"

    def end_holder(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()

    def fill(self):
        """To the last byte."""
        with open(self.inside + self.mount + "/filler", "ab", buffering=0) as f:
            for size in (1 << 20, 4096, 1):
                try:
                    while f.write(b"x" * size):
                        pass
                except OSError:
                    pass

    def write_status(self, server):
        """The status that a remote_write gets now; 204 if it is taken."""
        try:
            remote_write.send(server, [({"__name__": "heartbeat", "ServiceName": "shop"},
                                        [(int(time.time() * 1000), 0)])])
            return 204
        except HttpAnswer as answer:
            self.refusal = answer.body
            return answer.status

    def test_metrics_are_refused_and_incidents_pages_and_acknowledgements_go_on(self):
        write_ops(self.ops, webhook=self.webhook.url, extra_alarms=self.MISSING_ALARM)
        server = Server(self.ops, os.path.join(self.mount, "data"), root=self.inside,
                        # --root: under a chroot the namespace's own root is another one.
                        wrapper=["nsenter", "--target", str(self.holder.pid), "--mount", "--root",
                                 "--wd"],
                        log_path=os.path.join(self.folder, "serve.log"))
        self.addCleanup(server.close)
        server.start()
        # Whole periods with data first, so that the silence is what fires.
        wait_until(lambda: self.write_status(server) == 204 and self.alarm(server) == "OK", 30,
                   "the alarm to be well")
        self.fill()
        wait_until(lambda: self.write_status(server) == 503, 20, "metrics to be refused")
        wait_until(lambda: server.metric("hinomi_disk_low") == 1, 10, "the gauge")
        wait_until(lambda: (self.write_status(server), "min_free" in self.refusal)[1], 10,
                   "words that say what to do")
        self.assertGreaterEqual(
            server.metric("hinomi_tsdb_append_refused_total", '{reason="disk"}'), 1)
        _, status, _ = server.cli("status")
        self.assertIn("warning: the disk of " + server.data, status)

        # The alarm fires because the metrics are gone; the page goes out of the reserve.
        # Silence is judged from its period and 30 s after the start; the grid is 10 s.
        wait_until(lambda: self.alarm(server) == "ALARM", 90, "the alarm on a full disk")
        incident = wait_until(lambda: server.api("incidents?state=open")["incidents"], 5,
                              "the incident on a full disk")[0]["id"]
        wait_until(lambda: incident in [p["incident"] for p in self.pages()], 10, "its page")
        server.cli("incident", "acknowledge", incident, check=0)
        known = len(self.pages())
        for n in range(30):
            server.cli("incident", "open", f"on a full disk {n}", check=0)
        wait_until(lambda: len(self.pages()) >= known + 30, 20, "their pages")
        self.assertEqual(self.write_status(server), 503, "the reserve is not for metrics")
        self.assertGreater(server.metric("hinomi_store_reserve_events_left"), 0)
        self.assertEqual(server.metric("hinomi_store_read_only"), 0)
        self.assertIn("THE DISK IS FULL", server.log())

        # A kill on the full disk loses none of it.
        server.kill()
        server.start()
        incidents = server.api("incidents?state=open")["incidents"]
        self.assertEqual(len(incidents), 31)
        self.assertIn("acknowledged", [i["state"] for i in incidents])
        self.assertEqual(self.write_status(server), 503)
        server.cli("journal", "verify", check=0)

        # Room again: all by itself.
        os.remove(self.inside + self.mount + "/filler")
        wait_until(lambda: self.write_status(server) == 204, 20, "metrics to be taken again")
        self.assertEqual(server.metric("hinomi_disk_low"), 0)

    def alarm(self, server):
        return next(a["state"] for a in server.api("now")["alarms"] if a["name"] == "Silence")


if __name__ == "__main__":
    unittest.main()
