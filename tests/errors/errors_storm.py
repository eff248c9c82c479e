"""Numbers that make no sense in a simulation of a fleet."""

from __future__ import annotations

from errors_catalogue import Code, Group

GROUPS = (
    Group(
        "octamem_testing.storm",
        "Options of a storm",
        tuple(
            Code(f"storm.{identity}", f"from octamem_testing import storm\n{code}")
            for identity, code in (
                ("policy.unknown", "storm.run(policy='polite')"),
                ("policy.kind", "storm.run(policy=3)"),
                ("policy.retries", "storm.Policy('mine', retries=-1)"),
                ("policy.retries-many", "storm.Policy('mine', retries=2_000)"),
                ("policy.delay", "storm.Policy('mine', delay='1 s')"),
                ("policy.budget", "storm.Policy('mine', budget=-1)"),
                ("policy.budget-large", "storm.Policy('mine', budget=1e12)"),
                ("policy.paid_in", "storm.Policy('mine', paid_in=-1)"),
                ("policy.throttle", "storm.Policy('mine', throttle='aws')"),
                ("policy.throttle-budget", "storm.Policy('mine', throttle=storm.AwsQuota(), budget=10)"),
                ("policy.hedge", "storm.Policy('mine', hedge=1.5)"),
                ("throttle.aws", "storm.AwsQuota(retry_cost=0)"),
                ("throttle.grpc", "storm.GrpcThrottle(token_ratio=-1)"),
                ("throttle.finagle", "storm.FinagleBudget(ttl=0)"),
                ("throttle.adaptive", "storm.AdaptiveThrottle(k=-1)"),
                ("scenario.clients", "storm.run(clients=0)"),
                ("scenario.clients-float", "storm.run(clients=1.5)"),
                ("scenario.outage", "storm.run(outage=-1)"),
                ("scenario.timeout", "storm.run(timeout=0)"),
                ("scenario.capacity", "storm.run(capacity=0)"),
                ("scenario.partial", "storm.run(partial=2)"),
                ("scenario.down", "storm.run(down='slow')"),
                ("scenario.arrivals", "storm.run(arrivals='random')"),
                ("scenario.seed", "storm.run(seed='7')"),
                ("scenario.shed", "storm.run(shed=-1)"),
                ("scenario.retry_after", "storm.run(retry_after='soon')"),
                ("scenario.reads", "storm.run(reads='yes')"),
                ("scenario.long", "storm.run(after=1_000_000, every=0.1)"),
                ("compare.policy", "storm.compare(storm.Scenario(clients=10), ['none', 'polite'])"),
                ("contend.clients", "storm.contend(0, 'none')"),
                ("contend.backoff", "storm.contend(10, 'polite')"),
                ("lasting.partial", "storm.lasting(2)"),
            )
        ),
    ),
)
