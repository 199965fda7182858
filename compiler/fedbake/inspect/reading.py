"""What the readers of dependency files give: each thing they find, in the order of the file."""

from fedbake.inspect.facts import Declaration, Note, Problem, PythonDeclaration

Found = Declaration | PythonDeclaration | Problem | Note
