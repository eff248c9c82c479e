"""No arguments at all: the key comes from OCTAMEM_API_KEY."""

from octamem import OctaMem

client = OctaMem()
print(client.details().usage)
