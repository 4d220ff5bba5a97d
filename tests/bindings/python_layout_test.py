"""The Python package's picture of the C interface, compared with the headers and with what the C
compiler makes of them: a slip in it would be read as somebody else's memory."""

import ctypes
import enum
import inspect
import os
import pathlib
import re
import subprocess
import tempfile
import typing
import unittest

import crier
from bindings_support import SOURCE, header_text
from crier import _library as library
from crier.errors import CLASS_OF


def c_name(struct):
    return "crier_" + re.sub(r"(?<!^)([A-Z])", r"_\1", struct.__name__).lower()


def structs():
    return [one for one in vars(library).values()
            if inspect.isclass(one) and issubclass(one, ctypes.Structure)
            and one is not ctypes.Structure and one is not library.Sized]


def declared_structs():
    """Each struct of the headers with the names of its fields."""
    found = re.findall(r"typedef struct crier_\w+ \{(.*?)\} (crier_\w+);", header_text(), re.DOTALL)
    return {name: [re.search(r"\(\*(?:const )?(\w+)\)\(|(\w+)(?:\[\w+\])?$", field.strip())
                   for field in body.split(";")[:-1]] for body, name in found}


class PythonLayout(unittest.TestCase):
    maxDiff = None

    def test_every_struct_has_the_fields_of_the_header(self):
        declared = {name: [found.group(1) or found.group(2) for found in fields]
                    for name, fields in declared_structs().items()}
        pictured = {c_name(one): [field[0] for field in one._fields_] for one in structs()}
        self.assertEqual(pictured, declared)

    def test_every_struct_lies_as_the_compiler_lays_it(self):
        lines, expected = [], []
        for struct in structs():
            name = c_name(struct)
            lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
            expected.append(f"{name} {ctypes.sizeof(struct)}")
            for field in struct._fields_:
                member = getattr(struct, field[0])
                lines.append(f'printf("{name}.{field[0]} %zu %zu\\n", '
                             f"offsetof({name}, {field[0]}), sizeof((({name}*)0)->{field[0]}));")
                expected.append(f"{name}.{field[0]} {member.offset} {member.size}")
        program = ("#include <crier/crier.h>\n#include <stdio.h>\nint main(void) {\n" +
                   "\n".join(lines) + "\nreturn 0;\n}\n")
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "layout.c"
            source.write_text(program)
            subprocess.run([os.environ["CRIER_C_COMPILER"], "-std=c99", source, "-o",
                            source.with_suffix(""),
                            *(f"-I{SOURCE}/{part}/include"
                              for part in ("shared", "publisher", "subscriber"))], check=True)
            laid = subprocess.run([source.with_suffix("")], capture_output=True, text=True,
                                  check=True).stdout.splitlines()
        self.assertEqual(expected, laid)

    def test_every_function_takes_what_the_header_says(self):
        declared = {}
        for name, arguments in re.findall(r"CRIER_API [^;(]*?\b(crier_\w+)\(([^)]*)\)",
                                          header_text()):
            declared[name] = 0 if arguments == "void" else arguments.count(",") + 1
        pictured = {name: len(arguments) for name, (_, arguments) in library.FUNCTIONS.items()}
        self.assertEqual(pictured, declared)

    def test_every_constant_has_the_value_of_the_header(self):
        constants = {name: int(value) for name, value in
                     re.findall(r"CRIER_([A-Z0-9_]+) = (\d+)", header_text())}
        pictured = {"OK": 0, "GO_ON": library.GO_ON, "END": library.END, "REMEDY_NONE": 0,
                    "CHAIN_SIZE": 32}
        for prefix, kind in {
                "ERROR": crier.ErrorCode, "REMEDY": crier.Remedy, "SEVERITY": crier.Severity,
                "STYLE": crier.Style, "URGENCY": crier.Urgency, "STATE": crier.State,
                "TARGET": crier.TargetKind, "PRESENCE": crier.Presence,
                "DELIVERY": crier.Delivery, "WHAT": crier.What, "REMOVAL": crier.RemovalCause,
                "ENDED": crier.EndedCause, "REPORT": crier.Report, "FAULT": crier.Fault}.items():
            pictured |= {f"{prefix}_{one.name}": one.value for one in kind}
        self.assertEqual(pictured, constants)
        self.assertEqual(library.DELIVERY_BY_DISPATCH, crier.Delivery.BY_DISPATCH)
        self.assertEqual(set(CLASS_OF), set(crier.Remedy))

    def test_what_a_tally_adds_up_is_what_the_library_adds_up(self):
        for position in range(len(crier.State)):
            counts = [3 * (index == position) + 1 for index in range(len(crier.State))]
            struct = library.Tally((ctypes.c_uint32 * library.TALLY_SLOTS)(*counts))
            tally = crier._convert.tally_of(struct)
            self.assertEqual(tally.targeted, library.lib.crier_tally_targeted(struct))
            self.assertEqual(tally.lost, library.lib.crier_tally_lost(struct))
            for state in crier.State:
                self.assertEqual(tally.reached(state),
                                 library.lib.crier_tally_reached(struct, state))

    def test_what_is_public_is_documented_and_typed(self):
        found = []
        for module in (crier, crier.aio):
            for name, one in vars(module).items():
                if name.startswith("_") or not inspect.isclass(one):
                    continue
                if not one.__module__.startswith("crier") or issubclass(one, enum.Enum):
                    continue
                if not one.__doc__:
                    found.append(f"{name} is not documented")
                typing.get_type_hints(one)
                for method, function in vars(one).items():
                    if method.startswith("_") and method != "__init__":
                        continue
                    if isinstance(function, (classmethod, staticmethod)):
                        function = function.__func__
                    if inspect.isfunction(function) and function.__module__.startswith("crier"):
                        hints = typing.get_type_hints(function)
                        untyped = [parameter for parameter in
                                   list(inspect.signature(function).parameters)[1:]
                                   if parameter not in hints]
                        if untyped or "return" not in hints:
                            found.append(f"{name}.{method}: {untyped or 'return'} has no type")
        self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main()
