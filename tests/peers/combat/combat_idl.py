"""A back-end of omniidl that prints IDL as Combat's interface repository takes it: Combat itself reads
no IDL. Run as `omniidl -p DIRECTORY -b combat_idl FILE`."""

from omniidl import idlast, idltype

BASIC = {
    idltype.tk_void: "void", idltype.tk_short: "short", idltype.tk_long: "long",
    idltype.tk_ushort: "unsigned short", idltype.tk_ulong: "unsigned long",
    idltype.tk_float: "float", idltype.tk_double: "double", idltype.tk_boolean: "boolean",
    idltype.tk_char: "char", idltype.tk_octet: "octet", idltype.tk_any: "any",
    idltype.tk_TypeCode: "TypeCode", idltype.tk_longlong: "long long",
    idltype.tk_ulonglong: "unsigned long long", idltype.tk_longdouble: "long double",
    idltype.tk_wchar: "wchar",
}
DIRECTIONS = ("in", "out", "inout")


def tcl(value):
    """A word or a list, as Tcl writes it."""
    if isinstance(value, (list, tuple)):
        return "{" + " ".join(tcl(item) for item in value) + "}"
    text = str(value)
    return text if text and text.replace("_", "a").replace(":", "a").isalnum() else "{" + text + "}"


def type_of(kind):
    if kind.kind() in BASIC:
        return BASIC[kind.kind()]
    if kind.kind() in (idltype.tk_string, idltype.tk_wstring):
        name = "string" if kind.kind() == idltype.tk_string else "wstring"
        return [name, kind.bound()] if kind.bound() else name
    if kind.kind() == idltype.tk_sequence:
        return ["sequence", type_of(kind.seqType())] + ([kind.bound()] if kind.bound() else [])
    if kind.kind() == idltype.tk_fixed:
        return ["fixed", kind.digits(), kind.scale()]
    identifier = kind.decl().repoId()
    return "Object" if identifier == "IDL:omg.org/CORBA/Object:1.0" else identifier


def array_of(base, sizes):
    for size in reversed(sizes):
        base = ["array", base, size]
    return base


def head(node):
    return [node.repoId(), node.identifier(), "1.0"]


def members(node):
    return [[declarator.identifier(), array_of(type_of(member.memberType()), declarator.sizes())]
            for member in node.members() for declarator in member.declarators()]


def label(case):
    if case.default():
        return "(default)"
    value = case.value()
    if isinstance(value, idlast.Enumerator):
        return value.identifier()
    return int(value) if isinstance(value, bool) else value


def struct(node, kind="struct"):
    return [[kind, head(node)], [kind, head(node), members(node), inner(node)]]


def inner(node):
    """The types that are made within a struct's or union's members."""
    if isinstance(node, idlast.Union):
        found = [c.caseType().decl() for c in node.cases() if c.constrType()]
    else:
        found = [m.memberType().decl() for m in node.members() if m.constrType()]
    return [item for decl in found for item in items(decl)]


def union(node):
    cases = [[label(l), case.declarator().identifier(),
              array_of(type_of(case.caseType()), case.declarator().sizes())]
             for case in node.cases() for l in case.labels()]
    return [["union", head(node)],
            ["union", head(node), type_of(node.switchType()), cases, inner(node)]]


def typedef(node):
    return [["typedef", head(declarator),
             array_of(type_of(node.aliasType()), declarator.sizes())]
            for declarator in node.declarators()]


def attribute(node):
    return [["attribute", head(declarator), type_of(node.attrType())] +
            (["readonly"] if node.readonly() else []) for declarator in node.declarators()]


def operation(node):
    parameters = [[DIRECTIONS[p.direction()], p.identifier(), type_of(p.paramType())]
                  for p in node.parameters()]
    return [["operation", head(node), type_of(node.returnType()), parameters,
             [raised.repoId() for raised in node.raises()]] +
            (["oneway"] if node.oneway() else [])]


def interface(node):
    return [["interface", head(node)],
            ["interface", head(node), [base.repoId() for base in node.inherits()],
             all_of(node.contents())]]


def items(node):
    """What a declaration adds to the repository."""
    if isinstance(node, idlast.Module):
        return [["module", head(node), all_of(node.definitions())]]
    if isinstance(node, idlast.Interface):
        return interface(node)
    if isinstance(node, idlast.Forward):
        return [["interface", head(node)]]
    if isinstance(node, idlast.Exception):
        return [["exception", head(node), members(node), inner(node)]]
    if isinstance(node, idlast.Struct):
        return struct(node)
    if isinstance(node, idlast.Union):
        return union(node)
    if isinstance(node, idlast.Enum):
        return [["enum", head(node), [e.identifier() for e in node.enumerators()]]]
    if isinstance(node, idlast.Typedef):
        return typedef(node)
    if isinstance(node, idlast.Attribute):
        return attribute(node)
    if isinstance(node, idlast.Operation):
        return operation(node)
    return []  # constants have no part in calls


def all_of(nodes):
    return [item for node in nodes for item in items(node)]


def run(tree, _):
    print("combat::ir add " + tcl(all_of(tree.declarations())))
