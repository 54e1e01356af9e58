"""The statements that docs/POSTGRESQL.md tells an operator to run, by the names in its comments."""

import os
import re
import textwrap

from harness import ROOT

BLOCK = re.compile(r"^( *)<!-- ([a-z-]+) -->\n\1```sql\n(.*?)^\1```", re.M | re.S)


def _read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def of_the_readme():
    """The lines of SQL in README.md, and those of them that the manual does not have."""
    manual = _read("docs", "POSTGRESQL.md")
    blocks = re.findall(r"```sql\n(.*?)```", _read("README.md"), re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    return lines, [line for line in lines if line not in manual]


def statements(name, *changes):
    """One block; `changes` are texts in it and what stands there in a test."""
    found = [sql for _, named, sql in BLOCK.findall(_read("docs", "POSTGRESQL.md"))
             if named == name]
    assert len(found) == 1, f"{len(found)} blocks are named {name}"
    sql = textwrap.dedent(found[0])
    for old, new in changes:
        assert old in sql, old
        sql = sql.replace(old, new)
    return sql
