"""make demo: the operations document at work, with faults on a script.

HAProxy, three replicas of the sample app under load, PostgreSQL and Knot are started
beside Hinomi on free ports and ended with it. Each of the document's five rules fires
once for real. Exit code 0 if all came as it must."""

import argparse
import sys
import time

from demo.story import Story
from demo.world import World


def main():
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--quick", action="store_true",
                        help="periods of 10 s instead of the document's minute")
    parser.add_argument("--listen", default="127.0.0.1:9140",
                        help="where the console is to be seen")
    parser.add_argument("--stay", action="store_true", help="leave everything running at the end")
    arguments = parser.parse_args()
    begun = time.monotonic()

    def say(text):
        print(f"{time.monotonic() - begun:6.0f} s  {text}" if text else "", flush=True)

    say("starting HAProxy, PostgreSQL, Knot, receivers and Hinomi")
    world = World(arguments.quick, arguments.listen)
    try:
        Story(world, say).play()
        if arguments.stay:
            input(f"Everything still runs: {world.server.url}  Enter ends it. ")
        return 0
    except AssertionError as fault:
        say(f"FAULT {fault}")
        print(world.server.log(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())
