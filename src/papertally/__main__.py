"""Run with `python -m papertally`."""

from papertally.cli import main

if __name__ == "__main__":
    main()
