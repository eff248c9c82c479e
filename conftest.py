"""The suite's own set-up: pytest's plugin tester."""

pytest_plugins = ["pytester"]
