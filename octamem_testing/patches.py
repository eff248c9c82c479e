"""Attributes that are replaced while they are needed, in modules that are loaded or come later."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import wraps
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

__all__ = ["Patches", "Target"]

Patch = Callable[[Any], Any]
"""From the value that an attribute has to the one that replaces it."""


@dataclass(frozen=True)
class Target:
    """What to replace in one module: its name, and a function from it to (owner, attribute, patch)."""

    module: str
    patches: Callable[[Any], Sequence[Tuple[Any, str, Patch]]]


@dataclass(frozen=True)
class _Replaced:
    owner: Any
    name: str
    former: Any
    own: bool
    """Whether the owner itself had the attribute, rather than a class that it derives from."""
    replacement: Any

    @property
    def fits(self) -> bool:
        """Whether the attribute is what it was before it was replaced."""
        return (self.name in vars(self.owner)) is self.own and getattr(self.owner, self.name, None) is self.former

    @property
    def stands(self) -> bool:
        """Whether the replacement is in place, rather than what somebody else has put there since."""
        return vars(self.owner).get(self.name) is self.replacement

    def stands_in(self, owner: Any, name: str) -> bool:
        """Whether this is the attribute, and its replacement is in place."""
        return self.owner is owner and self.name == name and self.stands

    def replace(self) -> None:
        """Replace the attribute."""
        setattr(self.owner, self.name, self.replacement)

    def restore(self) -> None:
        """Restore the attribute."""
        if self.own:
            setattr(self.owner, self.name, self.former)
        else:
            delattr(self.owner, self.name)


@dataclass(frozen=True)
class _Known:
    """What is replaced in a module, kept for the next time: hundreds of rounds patch the same modules."""

    module: ModuleType
    names: int
    """How many names the module had: one that is still being imported has more later."""
    replaced: Tuple[_Replaced, ...]

    def fits(self, module: ModuleType) -> bool:
        """Whether the module is as it was before it was patched."""
        return self.module is module and self.names == len(vars(module)) and all(each.fits for each in self.replaced)


class Patches(MetaPathFinder):
    """The patches of the kit: put in place together, and in a module that is imported meanwhile as soon as it is."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets: Dict[str, List[Target]] = {}
        for target in targets:
            self._targets.setdefault(target.module, []).append(target)
        self._replaced: List[_Replaced] = []
        self._covered: List[_Replaced] = []
        """What somebody else has replaced since; whoever puts it back then puts back a replacement of ours."""
        self._patched: List[ModuleType] = []
        self._known: Dict[str, _Known] = {}
        self.installed = False

    def install(self) -> None:
        """Replace the attributes, if they are not replaced yet."""
        if self.installed:
            return
        self.installed = True
        for name in self._targets:
            module = sys.modules.get(name)
            if module is not None:
                self._apply(name, module)
        self._leave()  # whoever restores the finders of before, as pytester does, may have brought it back
        sys.meta_path.insert(0, self)

    def renew(self) -> None:
        """Replace the attributes, and again those that somebody else has replaced since they were."""
        if not self.installed:
            self.install()
            return
        for name, known in list(self._known.items()):
            covered = [each for each in known.replaced if not each.stands]
            if covered and any(each is known.module for each in self._patched):
                self._covered += covered
                del self._known[name]  # what is made now has not all attributes
                self._replaced += tuple(self._replace(name, known.module))

    def remove(self) -> None:
        """Restore the attributes, the last first, except those that somebody else has replaced since."""
        self.installed = False
        self._leave()
        while self._replaced:
            each = self._replaced.pop()
            if each.stands:
                each.restore()
            else:
                self._covered.append(each)
        self._patched.clear()

    def _leave(self) -> None:
        while self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        """Return the spec of a module that is a target, whose loader patches it once it is loaded."""
        if fullname not in self._targets:
            return None
        # Those before it have found nothing, and another one like it would ask this one in turn.
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :] if self in sys.meta_path else []:
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    loader: Any = _PatchingLoader(spec.loader, self, fullname)
                    spec.loader = loader
                return spec
        return None

    def apply_late(self, name: str, module: ModuleType) -> None:
        """Patch a module that was imported just now."""
        if self.installed:
            self._apply(name, module)

    def _apply(self, name: str, module: ModuleType) -> None:
        if any(each is module for each in self._patched):
            return
        self._patched.append(module)
        known, names = self._known.get(name), len(vars(module))
        if known is not None and known.fits(module):
            for each in known.replaced:
                each.replace()
        else:
            known = self._known[name] = _Known(module, names, tuple(self._replace(name, module)))
        self._replaced.extend(known.replaced)

    def _replace(self, name: str, module: ModuleType) -> Iterator[_Replaced]:
        for target in self._targets[name]:
            for owner, attribute, patch in target.patches(module):
                former, own = getattr(owner, attribute, None), attribute in vars(owner)
                if former is None or any(each.stands_in(owner, attribute) for each in self._replaced):
                    continue
                for each in self._covered:
                    if each.stands_in(owner, attribute):  # it has been put back
                        former, own = each.former, each.own
                replaced = _Replaced(owner, attribute, former, own, patch(former))
                replaced.replace()
                yield replaced


class _PatchingLoader:
    """The loader of a module, which patches the module afterwards."""

    def __init__(self, loader: Any, patches: Patches, name: str) -> None:
        self._loader = loader
        self._patches = patches
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> Optional[ModuleType]:
        """Return what the loader itself does."""
        module: Optional[ModuleType] = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Load the module, and patch it."""
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._patches.apply_late(self._name, module)


def wrapping(function: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return a patch that calls `function(original, *arguments)` in the original's place."""

    def patch(original: Any) -> Any:
        @wraps(original)
        def replacement(*arguments: Any, **options: Any) -> Any:
            return function(original, *arguments, **options)

        return replacement

    return patch
