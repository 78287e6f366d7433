"""The command line: one short module per command, and one place where errors become messages."""

from __future__ import annotations

import sys
from collections.abc import Sequence

EXIT_FAILED_IN_BATCH = 1
EXIT_ERROR = 2
EXIT_INTERNAL_ERROR = 70  # EX_SOFTWARE of BSD's sysexits.h
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code.

    0: all done. 1: some of several inputs failed. 2: wrong usage, or the only input failed.
    70: a defect of heliochrome itself. 130: interrupted. No exception leaves this function; set
    HELIOCHROME_DEBUG=1 to see the traceback of an internal error.
    """
    from heliochrome.cli import report
    from heliochrome.cli.app import app

    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(args=given, prog_name="heliochrome")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except KeyboardInterrupt:
        report.say("Interrupted.")
        return EXIT_INTERRUPTED
    except Exception as error:
        return report.report_error(error, as_json="--json" in given)
    return 0
