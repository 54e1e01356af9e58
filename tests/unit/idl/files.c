/* Files: found, included, read once, and loads that leave everything or nothing. */
#include "world.h"

#include <sys/stat.h>
#include <unistd.h>

struct place {
    struct idl *idl;
    char folder[64], other[80]; /* `other` is within `folder` */
    char path[160];
};

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    strcpy(place->folder, "/tmp/orderd-idl-XXXXXX");
    if (!mkdtemp(place->folder))
        return -1;
    (void)snprintf(place->other, sizeof(place->other), "%s/other", place->folder);
    if (mkdir(place->other, 0700) != 0)
        return -1;
    place->idl = idl_new((const char *const[]){place->other, NULL});
    *state = place;
    return 0;
}

static const char *path_of(struct place *place, const char *name)
{
    (void)snprintf(place->path, sizeof(place->path), "%s/%s", place->folder, name);
    return place->path;
}

static int teardown(void **state)
{
    static const char *const names[] = {"a.idl",       "b.idl",       "c.idl",
                                        "other/a.idl", "other/b.idl", "other/c.idl"};
    struct place *place = *state;
    char name[16];
    idl_free(&place->idl);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        (void)unlink(path_of(place, names[i]));
    for (int i = 0; i < 20; i++) {
        (void)snprintf(name, sizeof(name), "f%d.idl", i);
        (void)unlink(path_of(place, name));
    }
    (void)rmdir(place->other);
    (void)rmdir(place->folder);
    free(place);
    return 0;
}

static void write_file(struct place *place, const char *name, const char *text)
{
    FILE *file = fopen(path_of(place, name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static enum status load(struct place *place, const char *name, struct fault *fault)
{
    *fault = (struct fault){0};
    return idl_load_file(place->idl, path_of(place, name), fault);
}

static void takes_file(struct place *place, const char *name)
{
    struct fault fault;
    if (load(place, name, &fault) != STATUS_OK)
        fail_msg("%s: %s", fault.where, fault.text);
}

static void refuses_file(struct place *place, const char *name, const char *where,
                         const char *words)
{
    struct fault fault;
    assert_int_not_equal(load(place, name, &fault), STATUS_OK);
    if (!strstr(fault.where, where))
        fail_msg("'%s' is not in: %s", where, fault.where);
    if (!strstr(fault.text, words))
        fail_msg("'%s' is not in: %s", words, fault.text);
}

static void a_file_is_read(void **state)
{
    struct place *place = *state;
    write_file(place, "a.idl", "typedef long A;");
    takes_file(place, "a.idl");
    assert_string_equal(type_of(place->idl, "A")->id, "IDL:A:1.0");
}

static void a_file_that_is_not_there_is_not_found(void **state)
{
    struct fault fault;
    assert_int_equal(load(*state, "a.idl", &fault), STATUS_NOT_FOUND);
    assert_non_null(strstr(fault.text, "there is no file"));
    assert_non_null(strstr(fault.where, "/a.idl"));
    assert_null(strstr(fault.where, "a.idl:"));
    assert_int_equal(load(*state, "", &fault), STATUS_NOT_FOUND);
}

static void a_file_is_searched_in_the_directories(void **state)
{
    struct place *place = *state;
    struct fault fault;
    write_file(place, "other/b.idl", "typedef long B;");
    assert_int_equal(idl_load_file(place->idl, "b.idl", &fault), STATUS_OK);
    type_of(place->idl, "B");
}

static void a_mistake_names_the_file(void **state)
{
    write_file(*state, "a.idl", "\ntypedef Bad A;");
    refuses_file(*state, "a.idl", "/a.idl:2:9", "'Bad' is not declared");
}

static void an_include_is_searched_beside_its_file_first(void **state)
{
    struct place *place = *state;
    write_file(place, "a.idl", "#include \"b.idl\"\n#include <c.idl>\ntypedef B D; typedef C E;");
    write_file(place, "b.idl", "typedef long B;");
    write_file(place, "other/b.idl", "typedef short B;");
    write_file(place, "c.idl", "typedef long C;");
    write_file(place, "other/c.idl", "typedef short C;");
    takes_file(place, "a.idl");
    assert_int_equal(typecode_resolve(type_of(place->idl, "D"))->kind, TK_LONG);
    assert_int_equal(typecode_resolve(type_of(place->idl, "E"))->kind, TK_SHORT);
}

static void an_include_that_is_not_there_is_told_at_its_line(void **state)
{
    struct fault fault;
    write_file(*state, "a.idl", "\n#include \"b.idl\"\n");
    assert_int_equal(load(*state, "a.idl", &fault), STATUS_NOT_FOUND);
    assert_non_null(strstr(fault.where, "/a.idl:2:10"));
}

static void an_include_names_a_file(void **state)
{
    write_file(*state, "a.idl", "#include b\n");
    refuses_file(*state, "a.idl", "a.idl:1:10", "\"file\" or <file> expected");
    write_file(*state, "a.idl", "#include <b\n");
    refuses_file(*state, "a.idl", "a.idl:1:12", "'>' expected");
    write_file(*state, "a.idl", "#include \"\"\n");
    refuses_file(*state, "a.idl", "a.idl:1:10", "the name of a file expected");
}

static void a_mistake_in_an_include_names_the_include(void **state)
{
    write_file(*state, "a.idl", "#include \"b.idl\"\n");
    write_file(*state, "b.idl", "typedef long 5;\n");
    refuses_file(*state, "a.idl", "b.idl:1:14", "an identifier expected, but '5' came");
}

static void a_file_is_read_once(void **state)
{
    struct place *place = *state;
    write_file(place, "a.idl", "#include \"b.idl\"\n#include \"./b.idl\"\ntypedef B A;");
    write_file(place, "b.idl", "#include \"a.idl\"\ntypedef long B;");
    takes_file(place, "a.idl");
    takes_file(place, "a.idl");
    takes_file(place, "b.idl");
}

static void a_refused_file_can_be_read_again(void **state)
{
    write_file(*state, "a.idl", "typedef long A;\n#include \"b.idl\"\n");
    write_file(*state, "b.idl", "typedef Bad B;");
    refuses_file(*state, "a.idl", "b.idl:1:9", "'Bad' is not declared");
    write_file(*state, "b.idl", "typedef short B;");
    takes_file(*state, "a.idl");
}

static void a_prefix_is_neither_inherited_nor_left_by_an_include(void **state)
{
    struct place *place = *state;
    write_file(place, "a.idl",
               "#pragma prefix \"a\"\ntypedef long A;\n"
               "#include \"b.idl\"\n#include \"c.idl\"\ntypedef long D;");
    write_file(place, "b.idl", "typedef long E;\n#pragma prefix \"b\"\ntypedef long B;");
    write_file(place, "c.idl", "typedef long C;");
    takes_file(place, "a.idl");
    assert_string_equal(type_of(place->idl, "A")->id, "IDL:a/A:1.0");
    assert_string_equal(type_of(place->idl, "B")->id, "IDL:b/B:1.0");
    assert_string_equal(type_of(place->idl, "C")->id, "IDL:C:1.0");
    assert_string_equal(type_of(place->idl, "D")->id, "IDL:a/D:1.0");
    assert_string_equal(type_of(place->idl, "E")->id, "IDL:E:1.0");
}

static void an_include_ends_in_the_scope_where_it_begins(void **state)
{
    write_file(*state, "a.idl", "module M {\n#include \"b.idl\"\n};");
    write_file(*state, "b.idl", "typedef long B;");
    takes_file(*state, "a.idl");
    write_file(*state, "c.idl", "#include \"other/c.idl\"\ntypedef long C; };");
    write_file(*state, "other/c.idl", "module C {");
    refuses_file(*state, "c.idl", "other/c.idl:1:11", "'}' expected before the end");
}

static void an_include_closes_its_own_conditions(void **state)
{
    write_file(*state, "a.idl", "#include \"b.idl\"\n#endif\n");
    write_file(*state, "b.idl", "#if 1\n");
    refuses_file(*state, "a.idl", "b.idl:1:2", "this #if has no #endif");
}

static void includes_are_16_deep_at_most(void **state)
{
    char name[16], text[64];
    struct fault fault;
    for (int i = 0; i < 20; i++) {
        (void)snprintf(name, sizeof(name), "f%d.idl", i);
        (void)snprintf(text, sizeof(text), "#include \"f%d.idl\"\ntypedef long T%d;", i + 1, i);
        write_file(*state, name, i < 19 ? text : "typedef long T;");
    }
    assert_int_equal(load(*state, "f0.idl", &fault), STATUS_LIMIT);
    assert_non_null(strstr(fault.text, "included more than 16 deep"));
    takes_file(*state, "f3.idl");
}

static void a_load_has_at_most_one_mebibyte(void **state)
{
    struct place *place = *state;
    struct fault fault;
    size_t size = 1024 * 1024 + 1;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, ' ', size);
    assert_int_equal(idl_load_text(place->idl, "t", text, size - 1, &fault), STATUS_OK);
    assert_int_equal(idl_load_text(place->idl, "t", text, size, &fault), STATUS_LIMIT);
    write_file(place, "a.idl", " ");
    char include[128];
    int length = snprintf(include, sizeof(include), "#include \"%s/a.idl\"\n", place->folder);
    memcpy(text, include, (size_t)length);
    assert_int_equal(idl_load_text(place->idl, "t", text, size - 1, &fault), STATUS_LIMIT);
    free(text);
}

static void orb_idl_is_known_everywhere(void **state)
{
    struct place *place = *state;
    takes(place->idl, "#include <orb.idl>\n#include \"omg/orb.idl\"\n"
                      "typedef CORBA::StringSeq A; typedef CORBA::TypeCode B;");
    takes(place->idl, "#include <orb.idl>\ntypedef CORBA::RepositoryId C;");
    assert_string_equal(type_of(place->idl, "CORBA::StringSeq")->id,
                        "IDL:omg.org/CORBA/StringSeq:1.0");
}

static void a_refused_load_takes_its_includes_back(void **state)
{
    struct place *place = *state;
    refuses(place->idl, "#include <orb.idl>\ntypedef Bad A;", "2:9", "'Bad'");
    assert_null(idl_find_type(place->idl, "CORBA::StringSeq"));
    takes(place->idl, "#include <orb.idl>\ntypedef CORBA::StringSeq A;");
}

static void a_load_refers_to_those_before(void **state)
{
    struct place *place = *state;
    takes(place->idl, "module M { struct S { long a; }; interface I { void f(); }; };");
    takes(place->idl, "module M { interface J : I { S g(); }; };");
    assert_int_equal(interface_of(place->idl, "M::J")->operation_count, 2);
}

static void a_refused_load_takes_everything_back(void **state)
{
    struct place *place = *state;
    takes(place->idl, "module M { typedef long A; };");
    refuses(place->idl,
            "module M { typedef short B; interface I { void f(); const long c = 1; };\n"
            "enum E { x }; exception F {}; };\ntypedef M::A G; typedef Bad H;",
            "3:25", "'Bad'");
    takes(place->idl, "module M { typedef string B; interface I { void g(); typedef B x; }; };");
    assert_null(idl_find_constant(place->idl, "M::I::c"));
    assert_null(idl_find_type(place->idl, "IDL:M/F:1.0"));
    assert_int_equal(interface_of(place->idl, "M::I")->operation_count, 1);
}

static void an_interface_that_was_declared_can_be_defined_later(void **state)
{
    struct place *place = *state;
    takes(place->idl, "interface A; interface B { A f(); };");
    refuses(place->idl, "interface X { void x1(); }; interface A : X { void g(); };\nbad", "2:1",
            "a definition");
    assert_null(idl_find_interface(place->idl, "A"));
    takes(place->idl, "interface A { void h(); };");
    assert_int_equal(interface_of(place->idl, "A")->operation_count, 1);
    assert_ptr_equal(operation_of(place->idl, "B", "f")->result,
                     interface_of(place->idl, "A")->type);
}

static void a_refused_typeprefix_is_taken_back(void **state)
{
    struct place *place = *state;
    takes(place->idl, "module M { typedef long A; };");
    refuses(place->idl, "module M { typeprefix M \"x\"; typedef Bad B; };", "1:38", "'Bad'");
    takes(place->idl, "module M { typedef long B; };");
    assert_string_equal(type_of(place->idl, "M::B")->id, "IDL:M/B:1.0");
}

static void a_name_that_was_used_stays_taken(void **state)
{
    struct place *place = *state;
    takes(place->idl, "typedef long A; module M { const A i = 1; };");
    refuses(place->idl, "module M { typedef long A; };", "1:25", "was used");
}

static void macros_end_with_their_load(void **state)
{
    struct place *place = *state;
    takes(place->idl, "#define X 1\n");
    takes(place->idl, "#ifdef X\nbad\n#endif\n#define X 2\n");
}

static void an_empty_text_is_nothing(void **state)
{
    struct place *place = *state;
    takes(place->idl, "");
    takes(place->idl, "// nothing");
    assert_null(idl_type_at(place->idl, 0));
}

static void an_arena_outlives_its_idl(void **state)
{
    struct place *place = *state;
    takes(place->idl, "struct S { long a; };");
    struct typecode_arena *arena = typecode_arena_hold(idl_arena(place->idl));
    const struct typecode *type = type_of(place->idl, "S");
    idl_free(&place->idl);
    assert_string_equal(type->members[0].name, "a");
    typecode_arena_release(&arena);
}

static void nothing_can_be_freed(void **state)
{
    struct idl *nothing = NULL;
    (void)state;
    idl_free(&nothing);
}

#define with_files(name_) cmocka_unit_test_setup_teardown(name_, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_files(a_file_is_read),
        with_files(a_file_that_is_not_there_is_not_found),
        with_files(a_file_is_searched_in_the_directories),
        with_files(a_mistake_names_the_file),
        with_files(an_include_is_searched_beside_its_file_first),
        with_files(an_include_that_is_not_there_is_told_at_its_line),
        with_files(an_include_names_a_file),
        with_files(a_mistake_in_an_include_names_the_include),
        with_files(a_file_is_read_once),
        with_files(a_refused_file_can_be_read_again),
        with_files(a_prefix_is_neither_inherited_nor_left_by_an_include),
        with_files(an_include_ends_in_the_scope_where_it_begins),
        with_files(an_include_closes_its_own_conditions),
        with_files(includes_are_16_deep_at_most),
        with_files(a_load_has_at_most_one_mebibyte),
        with_files(orb_idl_is_known_everywhere),
        with_files(a_refused_load_takes_its_includes_back),
        with_files(a_load_refers_to_those_before),
        with_files(a_refused_load_takes_everything_back),
        with_files(an_interface_that_was_declared_can_be_defined_later),
        with_files(a_refused_typeprefix_is_taken_back),
        with_files(a_name_that_was_used_stays_taken),
        with_files(macros_end_with_their_load),
        with_files(an_empty_text_is_nothing),
        with_files(an_arena_outlives_its_idl),
        with_files(nothing_can_be_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
