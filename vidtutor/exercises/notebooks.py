"""Find the exercises that stand in a chapter's notebook: what tests, student copies and grading are built from."""

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MARKER = re.compile(r"\s*(?:#\s*(Task|Exercise|Test)|\*\*(Answer))\s+(\d+\.\d+|E\d\d)\b")


@dataclass(frozen=True)
class Exercise:
    """One exercise as its chapter holds it.

    identifier: such as "E05". task: Markdown of the cell before the stub. stub: the code cell without its last line.
    answer: the expression that is handed to `check`. hint, solution: Markdown, and Python code. cell: the stub's place
    among the notebook's cells, from 0. imports: every import of the chapter, which solutions may rely on.
    """

    identifier: str
    task: str
    stub: str
    answer: str
    hint: str
    solution: str
    cell: int
    imports: str

    def answer_of(self, code: str) -> Any:
        """Run `code` in place of the stub, after the chapter's imports, and return what `check` would be given."""
        namespace: dict[str, Any] = {}
        exec(self.imports, namespace)
        exec(code, namespace)
        return eval(self.answer, namespace)


def read_exercises(notebook: Path) -> list[Exercise]:
    """Read the exercises of one notebook, in order.

    An exercise is a code cell whose first line is `# Exercise E05` and whose last is `check("E05", …)`, between a
    Markdown cell with its task and one with its hint and solution, each in <details>.
    Raises ValueError, naming notebook and exercise, where a part is missing. Chapter 01.
    """
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(notebook.read_text("utf-8"))["cells"]]
    imports = "\n".join(_imports(source) for kind, source in cells if kind == "code")
    found = []
    for place, (kind, source) in enumerate(cells):
        first = re.match(r"# Exercise (E\d\d)\b", source)
        if kind != "code" or not first:
            continue
        identifier = first[1]
        stub, _, last = source.rstrip().rpartition("\n")
        call = re.fullmatch(rf'check\("{identifier}", (.+)\)', last)
        before, after = cells[place - 1], cells[place + 1] if place + 1 < len(cells) else ("", "")
        hint = re.search(r"<summary>Hint</summary>\s*(.*?)\s*</details>", after[1], re.DOTALL)
        solution = re.search(r"<summary>Solution</summary>\s*```python\n(.*?)\n```\s*</details>", after[1], re.DOTALL)
        parts = {"check(…) in its last line": call, "hint below it": hint, "solution below it": solution}
        parts["task above it"] = before[0] == "markdown"
        missing = [name for name, part in parts.items() if not part]
        if missing or not (call and hint and solution):
            raise ValueError(f"{notebook.name}, {identifier}: there is no {', no '.join(missing)}")
        found.append(Exercise(identifier, before[1], stub, call[1], hint[1], solution[1], place, imports))
    return found


def marker(source: str) -> str | None:
    """What a cell's first line says it is: "task-1.2", "task-E05", "test-1.2", "answer-1.5", or None.

    The lines are `# Task 1.2`, `# Exercise E05`, `# Test 1.2 · what it tests` and `**Answer 1.5**`. Text is what is
    left of a notebook that went through Colab: tags, metadata and ids of cells may be gone.
    """
    found = MARKER.match(source)
    if not found:
        return None
    kind = {"Task": "task", "Exercise": "task", "Test": "test"}.get(found[1], "answer")
    return f"{kind}-{found[3]}"


def parse(source: str) -> list[ast.stmt]:
    """The statements of a code cell; IPython's lines of % and ! count for nothing."""
    return ast.parse(re.sub(r"^(\s*)[%!].*", r"\1pass", source, flags=re.MULTILINE)).body


def definitions(notebook: Mapping[str, Any]) -> str:
    """A chapter's functions, classes and CONSTANTS as code, without its exercises and without what it shows.

    notebook: the JSON, or an nbformat notebook. With the chapter's imports before it, it runs in a second or two.
    """
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    nodes = [node for source in sources if not source.startswith("# Exercise") for node in parse(source)]
    return "\n\n\n".join(ast.unparse(node) for node in nodes if defines(node))


def defines(node: ast.stmt) -> bool:
    """Whether a statement defines a function, a class or CONSTANTS."""
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Name) and target.id.isupper() for target in node.targets)
    return isinstance(node, ast.FunctionDef | ast.ClassDef)


def _imports(source: str) -> str:
    """The imports at the top level of a code cell."""
    return "\n".join(ast.unparse(node) for node in parse(source) if isinstance(node, ast.Import | ast.ImportFrom))
