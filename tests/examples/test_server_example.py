"""An integration test over real HTTP: any program, in any language, with two environment variables."""

import os
import subprocess
import sys


def test_a_program_of_its_own_process(octamem_server):
    """The program knows only OCTAMEM_BASE_URL and OCTAMEM_API_KEY, which the fixture has set."""
    program = "from octamem import OctaMem; print(OctaMem().add(content='Boil the kettle first.').success)"
    done = subprocess.run([sys.executable, "-c", program], env=os.environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
    assert [memory.content for memory in octamem_server.fake.memories()] == ["Boil the kettle first."]
