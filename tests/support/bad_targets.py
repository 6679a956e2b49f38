"""Scrape targets that misbehave, each in one way, and keep count of what they sent."""

import socket
import threading


class BadTarget:
    """One listener; `behave(connection)` on a thread per connection."""

    def __init__(self, behave):
        self.connections = 0
        self.sent = 0  # bytes of all answers
        self.stopping = threading.Event()
        self._behave = behave
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def address(self):
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            with connection:
                connection.settimeout(30)
                while b"\r\n\r\n" not in connection.recv(65536):
                    pass
                self._behave(self, connection)
        except OSError:
            pass  # the scraper gave up: that is what it is for

    def send(self, connection, data):
        connection.sendall(data)
        self.sent += len(data)

    def close(self):
        self.stopping.set()
        self._listener.close()


def _head(rest=""):
    return f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n{rest}\r\n".encode()


def healthy(page=b"good_total 1\n"):
    return BadTarget(lambda target, connection: target.send(
        connection, _head(f"Content-Length: {len(page)}\r\nConnection: close\r\n") + page))


def garbage():
    """A page that begins well and then is no exposition."""
    return healthy(b"good 1\n\x00\xff\xfe}{ this is no metric at all\n")


def not_http():
    return BadTarget(lambda target, connection: target.send(connection, b"\x16\x03\x01 SSH-2.0\r\n"))


def endless(gigabytes=10):
    """Lines for ever, as far as `gigabytes`; the length is not told beforehand."""
    def behave(target, connection):
        line = b'endless{n="0123456789"} 1\n' * 2000
        target.send(connection, _head("Connection: close\r\n"))
        while target.sent < gigabytes << 30:
            target.send(connection, line)
    return BadTarget(behave)


def silent():
    """Accepts, never answers."""
    return BadTarget(lambda target, connection: target.stopping.wait(60))


def drip():
    """One byte a second."""
    def behave(target, connection):
        target.send(connection, _head("Content-Length: 100000\r\n"))
        while not target.stopping.wait(1):
            target.send(connection, b"#")
    return BadTarget(behave)
