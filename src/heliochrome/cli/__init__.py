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
    import typer

    from heliochrome.cli import option_names, report

    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        from heliochrome.cli.app import app

        # Not standalone, so that errors of usage come here: they are to be JSON where all is.
        code = app(args=given, prog_name="heliochrome", standalone_mode=False)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except (KeyboardInterrupt, typer.Abort):  # aborted: interrupted at a question
        return report.report_interrupt()
    except Exception as error:
        named = option_names.name_flag(error, given)
        return report.report_error(named, as_json="--json" in given)
    return code if isinstance(code, int) else 0
