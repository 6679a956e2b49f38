"""The guide as it is served: every page, every link, and a reference that has every
metric of a real server."""

import gzip
import os
import re
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

from tests.support.haproxy import Haproxy, installed
from tests.support.ops import write_ops
from tests.support.programs import free_port, free_ports
from tests.support.server import BINARY, Server, wait_until

BUDGET_BYTES = 150_000


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def ask(url, **headers):
    """(status, headers, body) without credentials, redirects not followed."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.build_opener(NoRedirect).open(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


class ServedGuideTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()

    def page(self, path):
        status, _, body = ask(self.server.url + path)
        self.assertEqual(status, 200, path)
        return body.decode()

    def test_docs_leads_to_the_language_of_the_reader(self):
        for asked, language in (("ja", "ja"), ("en-GB,ja;q=0.5", "en"), ("fr", "en"), ("", "en")):
            status, headers, _ = ask(self.server.url + "/docs", **{"Accept-Language": asked})
            # Relative, so that it holds below the path of a proxy.
            self.assertEqual((status, headers["Location"]), (302, f"docs/{language}/"))
            self.assertEqual(headers["Vary"], "Accept-Language")
        self.assertEqual(ask(self.server.url + "/docs/ja")[1]["Location"], "ja/")
        self.assertEqual(ask(self.server.url + "/docs/")[1]["Location"], "en/")

    def test_every_link_of_every_page_leads_to_a_page_and_an_anchor(self):
        seen, waiting = {}, ["/docs/en/", "/docs/ja/"]
        links = []
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen[path] = page = self.page(path)
            for address in re.findall(r'<a [^>]*href="([^"]*)"', page):
                target, _, anchor = urllib.parse.urljoin(path, address).partition("#")
                if target.startswith("http"):
                    continue
                links.append((path, target, urllib.parse.unquote(anchor)))
                if target.startswith("/docs/"):
                    waiting.append(target)
        self.assertEqual(len(seen), 2 * 22, sorted(seen))
        for path, target, anchor in links:
            if anchor:
                self.assertIn(f' id="{anchor}"', seen[target], f"{path} links to {target}#{anchor}")
            elif target not in seen:
                self.assertEqual(target, "/", f"{path} links to {target}")

    def test_pages_are_small_cached_and_protected(self):
        for language in ("en", "ja"):
            for name in ("", "alarms", "reference-yaml", "reference-http", "reference-commands"):
                url = f"{self.server.url}/docs/{language}/{name}"
                status, headers, body = ask(url)
                self.assertEqual(status, 200)
                if name != "reference-yaml":
                    self.assertLess(len(body), BUDGET_BYTES, url)
                self.assertIn("script-src 'self'", headers["Content-Security-Policy"])
                self.assertIn(f'<html lang="{language}">', body.decode())
                status, _, again = ask(url, **{"If-None-Match": headers["ETag"]})
                self.assertEqual((status, again), (304, b""))
                _, packed, small = ask(url, **{"Accept-Encoding": "gzip"})
                self.assertEqual(packed["Content-Encoding"], "gzip")
                self.assertEqual(gzip.decompress(small), body)

    def test_a_link_in_a_chat_opens_it(self):
        status, _, _ = ask(self.server.url + "/docs/ja/incidents",
                           **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
        self.assertEqual(status, 200)

    def test_what_is_not_there_is_not_found(self):
        for path in ("/docs/fr/", "/docs/en/nothing", "/docs/ja-JP/", "/docs/en/..%2f..%2fetc",
                     "/docs/en/alarms/more", "/docs/EN/"):
            self.assertEqual(ask(self.server.url + path)[0], 404, path)

    def test_the_reference_has_what_the_server_has(self):
        commands = self.page("/docs/en/reference-commands")
        self.assertIn("hinomi incident acknowledge INC-7", commands)
        calls = self.page("/docs/ja/reference-http")
        for route in self.server.api("routes")["routes"]:
            if route["path"].startswith(("/api/", "/-/", "/ack", "/docs")):
                self.assertIn(f"<code>{route['method']} {route['path']}</code>", calls)


TARGETS = """host_collector: true
host_interval: 1s
scrape:
  - job: itself
    interval: 1s
    timeout: 1s
    targets: ['127.0.0.1:{port}']
probes:
  http: {{type: http, target: 'http://127.0.0.1:{port}/healthz', body_contains: running, interval: 1s, timeout: 1s}}
  tcp: {{type: tcp, target: '127.0.0.1:{port}', interval: 1s, timeout: 1s}}
  tls: {{type: tls, target: '127.0.0.1:{port}', interval: 1s, timeout: 1s}}
  dns: {{type: dns, target: '127.0.0.1:1', query_name: example.com, interval: 1s, timeout: 1s}}
  postgres: {{type: postgres, target: '127.0.0.1:{port}', user: hinomi, interval: 1s, timeout: 1s}}
services:
  watched:
    cluster: test
    driver: process
    probes: [http]
  app:
    cluster: test
    driver: process
    command: [{binary}, sample-app, --listen, '127.0.0.1:${{PORT}}']
    ports: {low}-{high}
    cpu: 100
    memory: 64
    health_check: {{type: http, path: /healthz, interval: 500ms}}
    load_balancer: {{driver: haproxy, socket: {socket}, backend: app, interval: 1s}}
"""


@unittest.skipUnless(installed(), "haproxy is not installed")
class MetricsOfTheReferenceTest(unittest.TestCase):
    """A server that measures everything it can."""

    def rows(self):
        """Name to (type, unit, meaning), of the page."""
        page = ask(self.server.url + "/docs/en/reference-metrics")[2].decode()
        cells = re.findall(r"<tr>" + r"<td>(.*?)</td>" * 5 + "</tr>", page)
        return {re.sub("<.*?>", "", name): (kind, unit, meaning)
                for name, kind, unit, _, meaning in cells}

    def find(self, rows, name):
        if name in rows:
            return rows[name]
        fits = [row for row in rows if "*" in row and
                re.fullmatch(re.escape(row).replace(r"\*", ".+"), name)]
        return rows[max(fits, key=len)] if fits else None

    def names(self):
        return set(self.server.get("/api/v1/label/__name__/values")["data"])

    def test_every_metric_of_a_real_server_is_explained(self):
        # Not a context: the server must have ended before its folder goes.
        temporary = tempfile.TemporaryDirectory(prefix="hinomi-reference-")
        self.addCleanup(temporary.cleanup)
        folder = temporary.name
        haproxy = Haproxy()
        self.addCleanup(haproxy.close)
        haproxy.start()
        port, low = free_port(), free_ports(10)
        ops = write_ops(os.path.join(folder, "ops"))
        with open(os.path.join(ops, "targets.yml"), "w", encoding="utf-8") as f:
            f.write(TARGETS.format(port=port, low=low, high=low + 9, socket=haproxy.socket,
                                   binary=os.path.abspath(BINARY)))
        for name in ("alarms.yml", "routes.yml", "escalation.yml", "contacts.yml"):
            os.remove(os.path.join(ops, name))
        self.server = Server(ops, os.path.join(folder, "data"), listen=f"127.0.0.1:{port}")
        self.addCleanup(self.end)
        self.server.start()
        wanted = {"CPUUtilization", "MemoryUtilization", "HealthyHostCount", "RequestCount",
                  "node_load1", "probe_http_status_code", "probe_dns_query_succeeded",
                  "probe_phase_duration_seconds", "probe_failed_layer", "up",
                  "haproxy_server_status", "hinomi_leading"}
        wait_until(lambda: wanted <= self.names(), 40,
                   f"all kinds of metrics: {wanted - self.names()}")

        rows = self.rows()
        for name in sorted(self.names()):
            found = self.find(rows, name)
            self.assertIsNotNone(found, f"{name} is not in the reference")
            self.assertTrue(found[2], f"the reference does not say what {name} is")

        exposed = self.server.get("/metrics", raw=True).decode()
        kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", exposed, re.M))
        helps = dict(re.findall(r"^# HELP (\S+) (.+)$", exposed, re.M))
        self.assertGreater(len(kinds), 20)
        for name, kind in kinds.items():
            self.assertEqual(rows[name][0], kind, name)
            self.assertTrue(helps.get(name, "").strip(), f"{name} has no # HELP")

    def end(self):
        self.server.kill()
        self.server.end_replicas()
        self.server.close()


if __name__ == "__main__":
    unittest.main()
