"""A real PostgreSQL of a test's own."""

import glob
import os
import signal

from tests.support.programs import Program, free_port
from tests.support.server import wait_until


def programs():
    """The directory with the newest initdb and postgres, or None."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    return os.path.dirname(found[-1]) if found else None


class Postgres(Program):
    def __init__(self):
        super().__init__("postgres")
        self.port = free_port()
        self.tool("initdb", "--pgdata", self.directory + "/data", "--username", "hinomi",
                  "--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8")
        self.start()

    def tool(self, name, *arguments):
        return self.run(os.path.join(programs(), name), *arguments)

    def client(self, name, *arguments):
        return self.tool(name, "-h", "127.0.0.1", "-p", str(self.port), "-U", "hinomi", *arguments)

    def start(self):
        self.launch(os.path.join(programs(), "postgres"), "-D", self.directory + "/data",
                    "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
                    "-c", "unix_socket_directories=" + self.directory)
        wait_until(self.answers, 30, "PostgreSQL")

    def answers(self):
        try:
            self.client("pg_isready", "-q")
            return True
        except AssertionError:
            return False

    def create(self, name):
        """A new database; its connection string."""
        self.client("createdb", name)
        return f"host=127.0.0.1 port={self.port} user=hinomi dbname={name}"

    def query(self, name, sql):
        return self.client("psql", "-d", name, "-Atc", sql).strip()

    def stop(self, how=signal.SIGQUIT):
        super().stop(how)  # at once; its own children end with it
