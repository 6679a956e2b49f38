"""Receivers that keep their own log of what arrived: there "once" is counted."""

import base64
import email
import email.policy
import hashlib
import hmac
import http.server
import json
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
