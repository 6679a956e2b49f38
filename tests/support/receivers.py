"""Receivers that keep their own log of what arrived: there "once" is counted."""

import base64
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import re
import socket
import socketserver
import threading
import time


class WebhookReceiver:
    """Checks Standard Webhooks signatures; can answer badly on demand."""

    def __init__(self, secret=None):
        self.secret = secret
        self.arrived = []  # dicts: id, body, status, at
        # For the next requests: a status, "hang", "close" (unread), or "lose": the
        # message is taken, but the sender never hears of it.
        self.answers = []
        self.choose = lambda: 200  # when `answers` is empty; called under the lock
        self.retry_after = None
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers.get("Content-Length", "0"))
                body = self.rfile.read(length)
                if len(body) < length:  # The sender was killed over it.
                    self.close_connection = True
                    return
                with outer.lock:
                    answer = outer.answers.pop(0) if outer.answers else outer.choose()
                if answer == "hang":
                    outer.stopping.wait(30)
                    self.close_connection = True
                    return
                if answer == "close":
                    self.close_connection = True
                    return
                lost = answer == "lose"
                if lost:
                    answer = 200
                status = answer if outer.signature_holds(self.headers, body) else 401
                with outer.lock:
                    outer.arrived.append({"id": self.headers.get("webhook-id"), "body": body,
                                          "status": status, "path": self.path,
                                          "at": time.monotonic()})
                if lost:
                    self.close_connection = True
                    return
                self.send_response(status)
                if status == 429 and outer.retry_after is not None:
                    self.send_header("Retry-After", str(outer.retry_after))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                """A sender that is killed in the middle is what tests do to it."""

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def signature_holds(self, headers, body):
        if self.secret is None:
            return True
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.".encode() + body
        want = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        given = (headers.get("webhook-signature") or "").split()
        return any(hmac.compare_digest("v1," + want, one) for one in given)

    def accepted(self):
        with self.lock:
            return [dict(a, json=json.loads(a["body"])) for a in self.arrived
                    if a["status"] // 100 == 2]

    def close(self):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()


class SmtpReceiver:
    """A small mail server without TLS (RFC 5321, as far as clients need it)."""

    def __init__(self):
        self.messages = []  # email.message objects
        self.refuse = []  # codes for the next RCPT, e.g. 451
        self.lock = threading.Lock()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.say("220 test ESMTP")
                while True:
                    line = self.rfile.readline()
                    if not line:
                        return
                    word = line.split()[0].upper() if line.split() else b""
                    if word == b"EHLO":
                        self.say("250-test\r\n250-8BITMIME\r\n250 SMTPUTF8")
                    elif word == b"RCPT":
                        with outer.lock:
                            code = outer.refuse.pop(0) if outer.refuse else 250
                        self.say(f"{code} recipient")
                    elif word == b"DATA":
                        self.say("354 go on")
                        self.take_message()
                        self.say("250 taken")
                    elif word == b"QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("250 ok")

            def take_message(self):
                lines = []
                while True:
                    line = self.rfile.readline()
                    if line in (b".\r\n", b""):
                        break
                    lines.append(line[1:] if line.startswith(b"..") else line)
                message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                with outer.lock:
                    outer.messages.append(message)

            def say(self, text):
                self.wfile.write(text.encode() + b"\r\n")

        class Threading(socketserver.ThreadingMixIn, socketserver.TCPServer):
            daemon_threads = True
            allow_reuse_address = True
            address_family = socket.AF_INET

        self.server = Threading(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def port(self):
        return self.server.server_address[1]

    def received(self):
        with self.lock:
            return list(self.messages)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class DocumentedService:
    """An HTTP service that holds senders to what it documents. Each request stands in
    `arrived` as it came, with the answer that it got; a rule that was broken, in
    `broken` in words: a test that ends with some has found a mistake of ours.

    For the next requests `answers` may hold: a status (429 carries `retry_after`),
    "hang" (neither takes the request nor answers), "lie" (takes nothing and answers 200
    with a page, as a proxy before it would), "lose" (takes it, closes unanswered).
    When it is empty, `choose` is asked: None for what the rules say, or one of those."""

    retry_after = 1

    def __init__(self):
        self.arrived = []  # dicts: path, body, json, answer, taken, at
        self.broken = []
        self.answers = []
        self.choose = lambda: None
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers.get("Content-Length", "0"))
                body = self.rfile.read(length)
                if len(body) < length:  # The sender was killed over it.
                    self.close_connection = True
                    return
                answer, status, headers, content = outer.take(self.path, self.headers, body)
                if answer == "hang":
                    outer.stopping.wait(60)
                if answer in ("hang", "lose"):
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                """A sender that is killed in the middle is what tests do to it."""

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def take(self, path, headers, body):
        """Logs the request; (what was ordered, status, headers, content)."""
        with self.lock:
            now = time.monotonic()
            ordered = self.answers.pop(0) if self.answers else self.choose()
            entry = {"path": path, "body": body, "json": None, "answer": ordered, "taken": False,
                     "at": now}
            self.arrived.append(entry)
            if ordered == "lie":
                return ordered, 200, {"Content-Type": "text/html"}, b"<html>Please sign in</html>"
            status, extra, content = self.judge(path, headers, body, entry)
            if isinstance(ordered, int):
                status, content = ordered, b""
                extra = {"Retry-After": str(self.retry_after)} if ordered == 429 else {}
            elif ordered == "hang":
                status = 0
            entry["taken"] = 200 <= status < 300
            if entry["answer"] is None:
                entry["answer"] = status
            if entry["taken"]:
                self.keep(entry)
            return ordered, status, extra, content

    def judge(self, path, headers, body, entry):
        """What the rules say: (status, headers, content). Sets entry["json"]."""
        raise NotImplementedError

    def keep(self, entry):
        """Called for each request that was taken."""

    def breaks(self, rule):
        self.broken.append(rule)

    def taken(self):
        with self.lock:
            return [entry for entry in self.arrived if entry["taken"]]

    def close(self):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()


def utf16_units(text):
    """The stricter of the ways in which such services count characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class PagerDutyReceiver(DocumentedService):
    """Events API v2 of PagerDuty. Keeps its alerts: `alerts[dedup_key]` is the list of
    what happened to one, e.g. ["trigger", "acknowledge", "resolve"]."""

    def __init__(self, routing_key, events_per_minute=480):
        self.routing_key = routing_key
        self.events_per_minute = events_per_minute
        self.alerts = {}
        super().__init__()

    def judge(self, path, headers, body, entry):
        recent = [e for e in self.arrived if e["taken"] and e["at"] > entry["at"] - 60]
        errors = self.errors(path, headers, body, entry)
        for error in errors:
            self.breaks(error)
        if errors:
            return self.say(400, "invalid event", "Event object is invalid", errors=errors)
        if len(recent) >= self.events_per_minute:
            return self.say(429, "throttle exceeded", "Requests for this service are arriving too "
                            "quickly.  Please retry later.")
        return self.say(202, "success", "Event processed", dedup_key=entry["json"]["dedup_key"])

    @staticmethod
    def say(status, word, message, **more):
        content = json.dumps({"status": word, "message": message, **more}).encode()
        return status, {"Content-Type": "application/json"}, content

    def keep(self, entry):
        event = entry["json"]
        self.alerts.setdefault(event["dedup_key"], []).append(event["event_action"])

    def errors(self, path, headers, body, entry):
        if path != "/v2/enqueue":
            return [f"POST {path} instead of /v2/enqueue"]
        if headers.get("Content-Type", "").split(";")[0] != "application/json":
            return ["Content-Type is not application/json"]
        if len(body) > 512_000:
            return [f"the event has {len(body)} bytes, more than 512,000"]
        try:
            event = json.loads(body.decode("utf-8"))
        except ValueError:
            return ["the event is not JSON in UTF-8"]
        if not isinstance(event, dict):
            return ["the event is not an object"]
        entry["json"] = event
        found = []
        key = event.get("routing_key")
        if not isinstance(key, str) or len(key) != 32:
            found.append("Length of 'routing_key' is incorrect (should be 32 characters)")
        elif key != self.routing_key:
            found.append("Invalid routing key")
        action = event.get("event_action")
        if action not in ("trigger", "acknowledge", "resolve"):
            found.append("'event_action' is missing or not one of trigger, acknowledge, resolve")
        alert = event.get("dedup_key")
        if alert is None and action != "trigger":
            found.append("'dedup_key' is missing")
        if alert is not None and (not isinstance(alert, str) or not 0 < len(alert) <= 255):
            found.append("'dedup_key' has more than 255 characters")
        if action == "trigger":
            found += self.payload_errors(event.get("payload"))
            found += self.link_errors(event)
        return found

    @staticmethod
    def payload_errors(payload):
        if not isinstance(payload, dict):
            return ["'payload' is missing"]
        found = []
        for required in ("summary", "source", "severity"):
            if not isinstance(payload.get(required), str) or not payload[required]:
                found.append(f"'payload.{required}' is missing or blank")
        if utf16_units(str(payload.get("summary", ""))) > 1024:
            found.append("'payload.summary' has more than 1,024 characters")
        if payload.get("severity") not in ("critical", "error", "warning", "info"):
            found.append("'payload.severity' is invalid (must be one of the following: 'critical', "
                         "'warning', 'error' or 'info')")
        for optional in ("component", "group", "class", "timestamp"):
            if optional in payload and not isinstance(payload[optional], str):
                found.append(f"'payload.{optional}' is not a string")
        if not isinstance(payload.get("custom_details", {}), dict):
            found.append("'payload.custom_details' is not an object")
        return found

    @staticmethod
    def link_errors(event):
        links = event.get("links", [])
        if not isinstance(links, list):
            return ["'links' is not a list"]
        found = [f"a link without 'href': {link}" for link in links
                 if not isinstance(link, dict) or not str(link.get("href", "")).startswith("http")]
        for image in event.get("images", []):
            if not str(image.get("src", "")).startswith("https://"):
                found.append("an image whose 'src' is not https")
        return found


class SlackReceiver(DocumentedService):
    """An incoming webhook of Slack: one path that is a secret, about one message a
    second with short bursts, errors as one word."""

    PATH = "/services/T00000000/B00000000/s3cr3tS3cr3tS3cr3tS3cr3t"
    LIMITS = {"header": 150, "section": 3000}

    def __init__(self, burst=3, per_second=1.0):
        self.burst = burst
        self.per_second = per_second
        self.allowance = float(burst)
        self.allowed_at = None
        self.error = None  # (status, word), e.g. (410, "channel_is_archived")
        super().__init__()

    @property
    def hook(self):
        return self.url + self.PATH

    def messages(self):
        """Of each message that stands in the channel: all its texts in one."""
        return ["\n".join(self.texts(entry["json"])) for entry in self.taken()]

    @staticmethod
    def texts(message):
        return [message.get("text", "")] + [
            block.get("text", {}).get("text", "") for block in message.get("blocks", [])]

    def judge(self, path, headers, body, entry):
        if path != self.PATH:
            self.breaks(f"POST {path} instead of the webhook's path")
            return self.say(404, "no_service")
        if self.error:
            return self.say(*self.error)
        now = entry["at"]
        if self.allowed_at is not None:
            self.allowance = min(float(self.burst),
                                 self.allowance + (now - self.allowed_at) * self.per_second)
        self.allowed_at = now
        if self.allowance < 1:
            status, extra, content = self.say(429, "rate_limited")
            return status, {**extra, "Retry-After": str(self.retry_after)}, content
        self.allowance -= 1
        word = self.mistake(headers, body, entry)
        return self.say(400, word) if word else self.say(200, "ok")

    @staticmethod
    def say(status, word):
        return status, {"Content-Type": "text/html"}, word.encode()

    def mistake(self, headers, body, entry):
        """Slack's word for what is wrong with a message, or None."""
        if headers.get("Content-Type", "").split(";")[0] != "application/json":
            self.breaks("Content-Type is not application/json")
            return "invalid_payload"
        try:
            message = json.loads(body.decode("utf-8"))
        except ValueError:
            self.breaks("the message is not JSON in UTF-8")
            return "invalid_payload"
        if not isinstance(message, dict):
            self.breaks("the message is not an object")
            return "invalid_payload"
        entry["json"] = message
        if not message.get("text"):
            self.breaks("there is no text for notifications")
            return "no_text"
        blocks = message.get("blocks", [])
        if not isinstance(blocks, list) or len(blocks) > 50:
            self.breaks("blocks is not a list of at most 50")
            return "invalid_blocks"
        if any([not self.block_is_fine(block) for block in blocks]):
            return "invalid_blocks"
        total = sum(utf16_units(text) for text in self.texts(message))
        if total > 9000:
            self.breaks(f"the message has {total} characters, more than 9,000")
            return "msg_blocks_too_long"
        return None

    def block_is_fine(self, block):
        kind = block.get("type") if isinstance(block, dict) else None
        text = block.get("text") if kind in self.LIMITS else None
        if not isinstance(text, dict) or not isinstance(text.get("text"), str):
            self.breaks(f"a block that is no header or section with a text: {block}")
            return False
        length = utf16_units(text["text"])
        if not 1 <= length <= self.LIMITS[kind]:
            self.breaks(f"the text of a {kind} has {length} characters")
            return False
        if kind == "header" and text.get("type") != "plain_text":
            self.breaks("a header's text is not plain_text")
            return False
        # What is left of < and > once links are taken out was not escaped.
        if text.get("type") == "mrkdwn":
            rest = re.sub(r"<https?://[^<>|\s]+(\|[^<>|]+)?>", "", text["text"])
            if re.search(r"[<>]|&(?!amp;|lt;|gt;)", rest):
                self.breaks(f"& < > are not escaped: {rest!r}")
                return False
        return True
