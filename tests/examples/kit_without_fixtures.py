"""The transport alone: for other test frameworks, scripts and notebooks."""

from octamem import OctaMem
from octamem_testing import Fake, FakeTransport, VirtualClock

fake = Fake(top_k=3)
fake.remember(["Backups run at two in the morning."], key="sk-any-key-will-do")
fake.faults("search: 503(retry-after=60)")
clock = VirtualClock(fake)

with OctaMem("sk-any-key-will-do", transport=FakeTransport(fake, clock), clock=clock) as client:
    print(client.get(query="when do backups run?").results[0].content)

for attempt in fake.requests():
    print(attempt.line())
