"""The thin entry point, and what a fixture says where something is not installed."""

from __future__ import annotations

import sys
from typing import Optional

import pytest
from kit_project import outcomes

from octamem_testing.installed import NotInstalledError, needed


@pytest.mark.slow
def test_missing_extras_are_named(project: pytest.Pytester) -> None:
    """A fixture whose extra is not installed fails with the pip line that installs it, and where ours comes from."""
    project.makeconftest(
        """
        import sys

        import pytest

        class Blocker:
            names = ()
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in self.names:
                    raise ModuleNotFoundError(f"No module named {name!r}", name=name)

        blocker = Blocker()
        sys.meta_path.insert(0, blocker)

        def pytest_configure(config):
            config.addinivalue_line("markers", "without(*packages): packages that the test cannot import")

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_setup(item):
            blocker.names = item.get_closest_marker("without").args
        """
    )
    project.makepyfile(
        """
        import pytest

        @pytest.mark.without("rapidfuzz")
        def test_fake(octamem_fake): pass

        @pytest.mark.without("rapidfuzz")
        def test_client(octamem_client): pass

        @pytest.mark.without("uvicorn", "starlette")
        def test_server(octamem_server): pass

        @pytest.mark.without("uvicorn", "starlette")
        def test_in_process(octamem_client):
            octamem_client.add(content="tea")
        """
    )
    result = project.runpytest_subprocess("-rf")
    assert outcomes(result) == {"passed": 1, "errors": 3}
    result.stdout.fnmatch_lines(
        [
            'octamem_fake needs rapidfuzz, which is not installed: pip install ".?testing?"',
            "(in a checkout of our repository: the octamem of the public index is the vendor's, and has no such extra)",
            'octamem_client needs rapidfuzz, which is not installed: pip install ".?testing?"',
            'octamem_server needs *, which is not installed: pip install ".?server?"',
        ]
    )


@pytest.mark.slow
def test_the_vendors_package_is_told_from_ours(project: pytest.Pytester) -> None:
    """Where the octamem that is found is the vendor's, a fixture says so, and what to do."""
    project.mkpydir("octamem").joinpath("__init__.py").write_text('__version__ = "1.1.2"\n')
    project.makepyfile("def test_it(octamem_client): pass\n")
    result = project.runpytest_subprocess("-p", "no:xdist")
    assert outcomes(result) == {"errors": 1}
    result.stdout.fnmatch_lines(
        ["octamem_client needs the octamem that comes with this kit*1.1.2*pip uninstall octamem*"]
    )


def test_loading_the_plugin_loads_nothing_else(pytester: pytest.Pytester) -> None:
    """The entry point imports no part of the fake, no server, and none of the libraries of the extras."""
    heavy = [
        "fake_server",
        "starlette",
        "uvicorn",
        "h11",
        "uvloop",
        "hypothesis",
        "rapidfuzz",
        "snowballstemmer",
        "httpx",
        "octamem",
    ]
    heavy += ["numpy", "matplotlib", "click"]
    script = f"import sys, octamem_testing.plugin; print([name for name in {heavy!r} if name in sys.modules])"
    result = pytester.run(sys.executable, "-c", script)
    assert result.outlines == ["[]"]


def test_the_public_names_load_when_asked_for(pytester: pytest.Pytester) -> None:
    """Every name of __all__ is there and sorted, and importing the package alone loads none of them."""
    script = (
        "import sys, octamem_testing as kit; print('fake_server' in sys.modules, kit.__all__ == sorted(kit.__all__),"
        " all(getattr(kit, name) for name in kit.__all__), hasattr(kit, 'nothing'), set(kit.__all__) <= set(dir(kit)))"
    )
    result = pytester.run(sys.executable, "-c", script)
    assert result.outlines == ["False True True False True"]


@pytest.mark.parametrize("name", ["octamem_testing.Fake", "octamem_testing.faults", "octamem_testing.chaos.run"])
def test_a_name_says_which_extra_it_needs(pytester: pytest.Pytester, name: str) -> None:
    """A public name whose extra is not installed is an ImportError with the pip line, for whoever needs no fixture."""
    module, _, last = name.rpartition(".")
    script = (
        "import sys; sys.modules['rapidfuzz'] = None\n"
        f"try:\n    from {module} import {last}\nexcept ImportError as error:\n    print(error)"
    )
    result = pytester.run(sys.executable, "-c", script)
    assert result.outlines[0] == f'{name} needs rapidfuzz, which is not installed: pip install ".[testing]"'


@pytest.mark.parametrize("extra", ["testing", "server"])
def test_what_an_extra_brings_is_told_by_its_name(extra: str) -> None:
    """A missing package is told as the pip line of its extra, even where a module inside it is what was asked for."""
    with (
        pytest.raises(NotInstalledError, match=rf'needs uvicorn.*pip install "\.\[{extra}\]"'),
        needed("it", extra),
    ):
        raise ModuleNotFoundError("No module named 'uvicorn.protocols'", name="uvicorn.protocols")


@pytest.mark.parametrize("name", ["fake_server.core.nothing", None])
def test_a_mistake_of_our_own_is_not_taken_for_a_missing_extra(name: Optional[str]) -> None:
    """A module of ours that is not there, or an error that names none, stays the error that it is."""
    with pytest.raises(ModuleNotFoundError), needed("octamem_fake"):
        raise ModuleNotFoundError("No module", name=name)
