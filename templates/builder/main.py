"""The program FLOps' manager starts in the builder image: ``python3 main.py …`` is ``fedbake flops …``."""

import sys

from fedbake.cli import main

main(["flops", *sys.argv[1:]])
