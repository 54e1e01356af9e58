/* Directives but for conditions, macros and pragmas; and where files begin and end. */
#include "idl/preprocess.h"

#include "idl/lexer.h"
#include "idl/model.h"
#include "idl/parser.h"
#include "idl/source.h"

#include <string.h>

/* ---- files ---- */

/* A file begins without a prefix, and its own ends with it (14.7.5.2). */
static void begin_file(struct compiler *c)
{
    c->source->scope = c->scope;
    c->source->id_base = c->scope->id_base;
    if (c->scope == &c->idl->global)
        c->scope->id_base = "";
}

bool preprocess_end_file(struct compiler *c)
{
    struct source *s = c->source;
    if (s->condition_count)
        return compiler_refuse(c, s->conditions[s->condition_count - 1].place,
                               "this #if has no #endif");
    if (!s->includer)
        return false;
    if (s->scope != c->scope)
        return compiler_refuse(c, source_place(s),
                               "'}' expected before the end of an included file, or none too many");
    c->scope->id_base = s->id_base;
    source_close(c);
    return true;
}

/* ---- #include ---- */

/* orb.idl, wherever it is asked for in, is ours: what it has of CORBA's own names that other IDL
 * uses (CORBA 3.3, part 1, "ORB Interface"). */
static const char orb_name[] = "orb.idl";
static const char orb_text[] =
    "#pragma prefix \"omg.org\"\n"
    "module CORBA {\n"
    "interface InterfaceDef;\n"
    "typedef string Identifier; typedef string ScopedName; typedef string RepositoryId;\n"
    "typedef sequence<any> AnySeq; typedef sequence<boolean> BooleanSeq;\n"
    "typedef sequence<char> CharSeq; typedef sequence<wchar> WCharSeq;\n"
    "typedef sequence<octet> OctetSeq; typedef sequence<short> ShortSeq;\n"
    "typedef sequence<unsigned short> UShortSeq; typedef sequence<long> LongSeq;\n"
    "typedef sequence<unsigned long> ULongSeq; typedef sequence<long long> LongLongSeq;\n"
    "typedef sequence<unsigned long long> ULongLongSeq; typedef sequence<float> FloatSeq;\n"
    "typedef sequence<double> DoubleSeq; typedef sequence<string> StringSeq;\n"
    "typedef sequence<wstring> WStringSeq;\n"
    "};\n";

static bool is_orb(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash ? slash + 1 : path, orb_name) == 0;
}

static bool open_orb(struct compiler *c, bool *opened)
{
    *opened = !source_was_read(c, orb_name);
    if (!*opened)
        return true;
    source_note_read(c, orb_name);
    return source_open_text(c, orb_name, orb_text, sizeof(orb_text) - 1);
}

/* <path>: the characters as they stand. */
static bool read_angled(struct compiler *c, struct token *path)
{
    struct source *s = c->source;
    buffer_clear(&c->spelling);
    for (int next = source_peek(s); next != '>'; next = source_peek(s)) {
        if (next == '\n' || next == SOURCE_END)
            return compiler_refuse(c, source_place(s), "'>' expected behind the name of a file");
        char taken = (char)source_take(s);
        buffer_append(&c->spelling, &taken, 1);
    }
    (void)source_take(s);
    lexer_keep(c, path);
    return true;
}

static void include(struct compiler *c)
{
    bool opened = false;
    struct token path = lexer_next_in_line(c);
    bool beside = path.kind == TOKEN_STRING;
    if (path.kind == '<' ? !read_angled(c, &path) : !beside) {
        compiler_refuse(c, path.place, "\"file\" or <file> expected behind #include");
        return;
    }
    lexer_pass_line(c);
    if (!compiler_ok(c))
        return;
    bool good = true;
    if (!*path.text || strlen(path.text) < path.length)
        good = compiler_refuse(c, path.place, "the name of a file expected");
    else if (is_orb(path.text))
        good = open_orb(c, &opened);
    else
        good = source_open_file(c, path.place, path.text, beside, &opened);
    if (good && opened)
        begin_file(c);
}

/* ---- #line ---- */

/* "# 12", "#line 12 "file"": the line that follows is that one. What else stands there (gcc's
 * flags) is nothing to us. */
static void set_line(struct compiler *c, const struct token *number)
{
    struct token name = lexer_next_in_line(c);
    if (number->kind != TOKEN_INTEGER || number->integer > INT32_MAX)
        compiler_refuse(c, number->place, "the number of a line expected");
    if (name.kind == TOKEN_STRING)
        c->source->name = name.text;
    lexer_pass_line(c);
    if (source_peek(c->source) == '\n')
        (void)source_take(c->source);
    c->source->line = (uint32_t)number->integer;
}

static void complain(struct compiler *c, struct place place)
{
    struct source *s = c->source;
    buffer_clear(&c->spelling);
    (void)lexer_pass_blanks(c, true);
    while (source_peek(s) != '\n' && source_peek(s) != SOURCE_END) {
        char taken = (char)source_take(s);
        buffer_append(&c->spelling, &taken, 1);
    }
    compiler_refuse(c, place, "#error %.*s", (int)c->spelling.size,
                    c->spelling.size ? c->spelling.data : "");
}

/* ---- all of them ---- */

static void obey(struct compiler *c, const struct token *word)
{
    const char *name = word->text;
    if (word->kind == TOKEN_INTEGER) {
        set_line(c, word);
        return;
    }
    if (word->kind != TOKEN_IDENTIFIER) {
        compiler_refuse(c, word->place, "the name of a directive expected behind '#'");
    } else if (strcmp(name, "include") == 0) {
        include(c);
    } else if (strcmp(name, "pragma") == 0) {
        pragma_obey(c);
    } else if (strcmp(name, "define") == 0) {
        macro_define(c);
    } else if (strcmp(name, "undef") == 0) {
        macro_undefine(c);
    } else if (strcmp(name, "if") == 0) {
        condition_if(c, word->place);
    } else if (strcmp(name, "ifdef") == 0 || strcmp(name, "ifndef") == 0) {
        condition_ifdef(c, word->place, name[2] == 'd');
    } else if (strcmp(name, "else") == 0 || strcmp(name, "elif") == 0) {
        condition_else(c, word);
    } else if (strcmp(name, "endif") == 0) {
        condition_endif(c, word->place);
    } else if (strcmp(name, "line") == 0) {
        struct token number = lexer_next_in_line(c);
        set_line(c, &number);
    } else if (strcmp(name, "error") == 0) {
        complain(c, word->place);
    } else if (strcmp(name, "warning") == 0) {
        lexer_pass_line(c);
    } else {
        compiler_refuse(c, word->place, "there is no directive #%s", name);
    }
}

void preprocess_directive(struct compiler *c)
{
    (void)source_take(c->source);
    struct token word = lexer_next_in_line(c);
    if (word.kind != TOKEN_LINE_END) /* a '#' alone is nothing */
        obey(c, &word);
}

bool preprocess_is_macro(const struct compiler *c, const struct token *name)
{
    uint64_t value = 0;
    return c->macros.count && macro_value(c, name, &value);
}
