"""The command `doctor`: whether an app really talks to the fake, and if not, why."""
