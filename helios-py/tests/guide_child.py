"""Runs blocks of a document one after another in one process, and prints a JSON line with what became of each.

The blocks come on the standard input as a JSON list of `{"name", "before", "block", "after"}`: the block runs between
the two other texts, all with the same names, and a block that fails does not keep the next ones from running.
"""

import json
import os
import sys


def run(part: dict[str, str], names: dict[str, object]) -> str:
    """Runs one block; gives the error that ends it, or nothing."""
    for key in ("before", "block", "after"):
        path = os.path.join(os.getcwd(), f"{part['name']} ({key})")
        try:
            exec(compile(part[key], path, "exec"), names)
        except Exception as error:
            return f"{key}: {type(error).__name__}: {error}"
    return ""


def main() -> None:
    parts = json.load(sys.stdin)
    answers, sys.stdout = sys.stdout, sys.stderr
    names: dict[str, object] = {"__name__": "__main__"}
    for part in parts:
        print(json.dumps([part["name"], run(part, names)]), file=answers, flush=True)


if __name__ == "__main__":
    main()
