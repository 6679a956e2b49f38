"""The cases. Each module has run(bench, report): see Bench in run.py."""
