"""Python files that belong to no package, as modules: those of tools/ and docs/."""

from importlib.util import module_from_spec, spec_from_file_location

from kernels import ROOT


def loaded(path):
    """The module that a file makes.

    :param path: from the project's root, such as ``"tools/minutes.py"``.
    """
    file = ROOT / path
    specification = spec_from_file_location(file.stem, file)
    module = module_from_spec(specification)
    specification.loader.exec_module(module)
    return module
