"""Requests of users: steady, over kept and over new connections."""

import http.client
import threading
import time


class Load:
    """`workers` users who each ask every `pause` seconds, half of them over a new
    connection each time. Nobody tries twice."""

    def __init__(self, port, workers=8, pause=0.1):
        self.port = port
        self.pause = pause
        self.lock = threading.Lock()
        self.statuses = {}  # by status; 0: no answer
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.ask, args=(number % 2 == 0,), daemon=True)
                        for number in range(workers)]

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def ask(self, keep):
        connection = None
        while not self.stopping.is_set():
            begun = time.monotonic()
            connection = connection or http.client.HTTPConnection("127.0.0.1", self.port,
                                                                  timeout=10)
            status = 0
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                answer.read()
                status = answer.status
                keep_it = keep and not answer.will_close
            except (OSError, http.client.HTTPException):
                keep_it = False
            if not keep_it:
                connection.close()
                connection = None
            with self.lock:
                self.statuses[status] = self.statuses.get(status, 0) + 1
            self.stopping.wait(max(0.0, self.pause - (time.monotonic() - begun)))

    def counted(self):
        with self.lock:
            return dict(self.statuses)

    def close(self):
        self.stopping.set()
        for thread in self.threads:
            if thread.ident is not None:
                thread.join(15)
