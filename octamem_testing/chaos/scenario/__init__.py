"""The program under test: what a scenario is, and what one trial of it was."""
