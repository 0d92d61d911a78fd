"""A script in the percent format as a Jupyter notebook: the same cells, nothing else."""

import re

import nbformat

MARKDOWN = "# %% [markdown]"


def notebook(text: str) -> str:
    """The notebook's JSON; cells have ids by their places, so that the same run gives the same file."""
    cells = []
    for place, part in enumerate(re.split(r"^(?=# %%)", text, flags=re.MULTILINE)):
        if part.strip():
            cells.append(_cell(part.strip(), f"cell-{place}"))
    found = nbformat.v4.new_notebook(cells=cells)
    found.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.validate(found)
    return str(nbformat.writes(found)) + "\n"


def _cell(part: str, identity: str) -> nbformat.NotebookNode:
    header, _, body = part.partition("\n")
    cell: nbformat.NotebookNode
    if header == MARKDOWN:
        plain = "\n".join(line.removeprefix("# ").removeprefix("#") for line in body.splitlines())
        cell = nbformat.v4.new_markdown_cell(plain, id=identity)
    else:
        cell = nbformat.v4.new_code_cell(body.strip(), id=identity)
    return cell
