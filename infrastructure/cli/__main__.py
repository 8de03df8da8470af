import sys

from planfold.infrastructure.cli import main

sys.exit(main())
