"""A fleet of your own, its service down for half a minute: what each policy makes of it."""

from octamem_testing import storm

fleet = storm.Scenario(clients=40, every=0.5, outage=30.0, after=30.0)
mine = storm.Policy("mine", retries=1, delay=0.2, budget=10)

for told in storm.compare(fleet, ["none", "jittered", "budgeted", mine]):
    print(told.policy.name, "peak", told.peak, "recovers after", told.time_to_recover, "lost", told.calls_lost)

once = storm.run(clients=40, every=0.5, outage=30.0, after=30.0, policy="budgeted", seed=7)
print(once.tokens_outstanding, "retry tokens outstanding,", once.retries, "retries")
