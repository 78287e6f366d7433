"""`python -m heliochrome`: the command line."""

import sys

from heliochrome.cli import main

if __name__ == "__main__":
    sys.exit(main())
