"""`python -m fake_server` is `octamem-fake`."""

from .cli import main

if __name__ == "__main__":
    main(prog_name="octamem-fake")
