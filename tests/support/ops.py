"""A small ops folder for tests: one service, one alarm a metric, quick times."""

import os


def replace(path, text):
    """A file of a folder that a server may be reading at this moment."""
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(text)
    os.replace(path + ".new", path)


def write_ops(directory, *, smtp_port=None, webhook=None, secret=None, extra_alarms="",
              level2="1h", extra_targets="", methods=("webhook", "mail")):
    """Writes the folder; returns its path. The alarm `Trouble` fires at trouble >= 10
    of service `shop` (period 10 s, one point) and pages on-call, then team-lead."""
    os.makedirs(directory, exist_ok=True)
    channels = "  outbox:\n    type: outbox\n"
    if webhook:
        channels += f"  webhook:\n    type: webhook\n    url: {webhook}\n"
        if secret:
            channels += "    secret: ${env:TEST_WEBHOOK_SECRET}\n"
    if smtp_port:
        channels += (f"  mail:\n    type: smtp\n    server: 127.0.0.1:{smtp_port}\n"
                     "    from: hinomi@example.com\n    tls: none\n")
    ways = ""
    for method in methods:
        if method == "webhook" and webhook:
            ways += "      - channel: webhook\n"
        if method == "mail" and smtp_port:
            ways += "      - channel: mail\n        address: on-call@example.com\n"
    files = {
        "hinomi.yml": "time_zone: Asia/Tokyo\nlanguage: en\nobserve_new_alarms: 0s\n",
        "targets.yml": "host_collector: false\n" + extra_targets +
                       "services:\n  shop:\n    cluster: test\n    driver: process\n",
        "alarms.yml": "alarms:\n"
                      "  - name: Trouble\n    metric: trouble\n    threshold: 10\n"
                      "    period: 10s\n    statistic: Maximum\n    evaluationPeriods: 1\n"
                      "    dimensions: {ServiceName: shop}\n    action: alert\n" + extra_alarms,
        "routes.yml": "routes:\n  alert:\n    severity: error\n    escalation: standard\n",
        "escalation.yml": "escalation:\n  standard:\n    steps:\n"
                          "      - level: L1\n        after: 0s\n        contacts: [on-call]\n"
                          f"      - level: L2\n        after: {level2}\n        contacts: [team-lead]\n",
        "contacts.yml": "channels:\n" + channels + "contacts:\n"
                        "  on-call:\n    title: On call\n    methods:\n" + ways +
                        "      - channel: outbox\n    hours: 24/7\n"
                        "  team-lead:\n    title: Team lead\n    methods:\n" + ways +
                        "      - channel: outbox\n    hours: 24/7\n",
    }
    for name, content in files.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8") as f:
            f.write(content)
    return directory
