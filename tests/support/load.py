"""Steady requests to one port, each counted: what was answered, and each that failed."""

import socket
import threading
import time


class Load:
    """`rate` requests a second, half of them over connections that stay open, half each
    over one of its own; beside them slow ones. Nothing is tried again."""

    def __init__(self, port, rate=500, kept=6, fresh=4):
        self.port = port
        self.failures = []  # (seconds since the start, what, why)
        self.answered = 0
        self.slow_answered = 0
        self.slowest_ms = 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._started = time.monotonic()
        self._threads = []
        for count, work in ((kept, self._keep), (fresh, self._renew)):
            pause = count / (rate / 2)
            for i in range(count):
                self._threads.append(threading.Thread(
                    target=self._paced, args=(work, pause, i * pause / count), daemon=True))
        for thread in self._threads:
            thread.start()

    def _paced(self, work, pause, first):
        next_at = time.monotonic() + first
        state = {}
        while not self._stop.wait(max(0.0, next_at - time.monotonic())):
            # When it falls behind it is not made up for in a burst.
            next_at = max(next_at + pause, time.monotonic() - 1)
            begun = time.monotonic()
            try:
                work(state)
            except (OSError, ValueError) as error:
                if "connection" in state:
                    state.pop("connection").close()
                self._failed(work.__name__.strip("_"), error)
                continue
            with self._lock:
                self.answered += 1
                self.slowest_ms = max(self.slowest_ms, (time.monotonic() - begun) * 1000)
        if "connection" in state:
            state["connection"].close()

    def _failed(self, what, error):
        with self._lock:
            self.failures.append((round(time.monotonic() - self._started, 3), what, repr(error)))

    def _connect(self, timeout=30):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    @staticmethod
    def _exchange(connection, path, keep):
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: "
                           f"{'keep-alive' if keep else 'close'}\r\n\r\n".encode())
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                raise ValueError(f"the connection ended after {len(data)} bytes")
            data += piece
        head, body = data.split(b"\r\n\r\n", 1)
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise ValueError(head.split(b"\r\n", 1)[0].decode("latin-1"))
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                      if line.startswith(b"content-length:"))
        while len(body) < length:
            piece = connection.recv(65536)
            if not piece:
                raise ValueError(f"the body ended after {len(body)} of {length} bytes")
            body += piece

    def _keep(self, state):
        if "connection" not in state:
            state["connection"] = self._connect()
        self._exchange(state["connection"], "/", True)

    def _renew(self, _state):
        with self._connect() as connection:
            self._exchange(connection, "/", False)

    def begin_slow(self, count, seconds=5):
        """So many requests that take their time, from now on."""
        def work():
            try:
                with self._connect(60) as connection:
                    self._exchange(connection, f"/slow?seconds={seconds}", False)
                with self._lock:
                    self.slow_answered += 1
            except (OSError, ValueError) as error:
                self._failed("slow", error)
        for _ in range(count):
            thread = threading.Thread(target=work, daemon=True)
            self._threads.append(thread)
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """After the last answer; requests a second."""
        seconds = time.monotonic() - self._started
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        return self.answered / seconds
