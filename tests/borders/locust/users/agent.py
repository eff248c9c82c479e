"""A user of a load with tasks and a retry of its own, which stores a memory twice if an answer is lost."""

from __future__ import annotations

from uuid import uuid4

from locust import between, task

from octamem import AddResult, OctaMemError
from octamem_testing.load import OctaMemUser


class Agent(OctaMemUser):
    """An agent that notes what was said, and asks for it."""

    wait_time = between(0.01, 0.05)
    client_options = {"max_retries": 0}

    @task(3)
    def note(self) -> None:
        self.add(f"user: the order is {uuid4().hex}", previous_context="Orders")

    @task
    def ask(self) -> None:
        self.search("What was ordered?", previous_context="Orders")

    def send_add(self, content: str, previous_context: str) -> AddResult:
        try:
            return super().send_add(content, previous_context)
        except OctaMemError:  # the answer may be lost, and the memory stored
            return super().send_add(content, previous_context)
