"""The statements that docs/POSTGRESQL.md tells an operator to run, by the names in its comments."""

import os
import re
import textwrap

from harness import ROOT

BLOCK = re.compile(r"^( *)<!-- ([a-z-]+) -->\n\1```sql\n(.*?)^\1```", re.M | re.S)


def statements(name, *changes):
    """One block; `changes` are texts in it and what stands there in a test."""
    with open(os.path.join(ROOT, "docs", "POSTGRESQL.md"), encoding="utf-8") as file:
        found = [sql for _, named, sql in BLOCK.findall(file.read()) if named == name]
    assert len(found) == 1, f"{len(found)} blocks are named {name}"
    sql = textwrap.dedent(found[0])
    for old, new in changes:
        assert old in sql, old
        sql = sql.replace(old, new)
    return sql
