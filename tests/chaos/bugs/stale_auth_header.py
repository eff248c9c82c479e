"""The key is renewed after a 401, and the header with the old key is sent again."""

from octamem import AuthenticationError, OctaMemError

from ._corpus import STATE, Bug
from ._policy import LIMIT, is_transient, pause
from ._world import bearer, fields


class Vault:
    """Where the keys come from: the one in use, and the one that is to follow it."""

    def __init__(self):
        self.keys = ["sk-om-live-of-monday", "sk-om-live-of-tuesday"]

    def header(self):
        return {"authorization": bearer(self.keys[0])}

    def renewed(self):
        return len(self.keys) > 1 and bool(self.keys.pop(0))


async def ask(world, question, header_of):
    vault = Vault()
    header = vault.header()
    for attempt in range(LIMIT):
        try:
            return fields(await world.post("search", {"query": question}, header))
        except OctaMemError as error:
            again = vault.renewed() if isinstance(error, AuthenticationError) else is_transient(error)
            if attempt == LIMIT - 1 or not again:
                raise
            header = header_of(vault, header)
            await world.sleep(pause(error, attempt))


async def planted(world):
    """Renews the key, and still sends the header with the old one."""
    await ask(world, "tea", lambda _, header: header)


async def cured(world):
    """Makes the header again from the key in use."""
    await ask(world, "tea", lambda vault, _: vault.header())


BUG = Bug(STATE, planted, cured, breaks=("refusals_not_repeated",), raw=True)
