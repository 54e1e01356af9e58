/* Any bytes as a value of a type that has a bit of everything: passed over and told alike; the
 * JSON, written as a value again, tells the same. */
#include "cdr/value.h"
#include "cdr_reader.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct typecode_member colours[] = {{.name = "RED", .name_length = 3},
                                                 {.name = "BLUE", .name_length = 4}};
static struct typecode colour = {
    .kind = TK_ENUM, .id = "", .name = "", .members = colours, .member_count = 2};
static struct typecode name = {.kind = TK_STRING, .id = "", .name = "", .length = 9};
static struct typecode price = {
    .kind = TK_FIXED, .id = "", .name = "", .fixed_digits = 8, .fixed_scale = 2};
static struct typecode wholes = {
    .kind = TK_FIXED, .id = "", .name = "", .fixed_digits = 5, .fixed_scale = -3};
static struct typecode octets = {.kind = TK_SEQUENCE, .id = "", .name = ""};
static struct typecode cells = {.kind = TK_ARRAY, .id = "", .name = "", .length = 2};
static struct typecode rows = {.kind = TK_ARRAY, .id = "", .name = "", .length = 2};
static struct typecode choice = {.kind = TK_UNION, .id = "", .name = "", .default_index = 2};
static struct typecode letters = {.kind = TK_UNION, .id = "", .name = "", .default_index = -1};
static struct typecode nodes = {.kind = TK_SEQUENCE, .id = "", .name = ""};
static struct typecode node = {.kind = TK_STRUCT, .id = "", .name = ""};

#define MEMBER(name_, type_, label_)                                                               \
    {                                                                                              \
        .name = (name_), .name_length = sizeof(name_) - 1, .type = (type_), .label = (label_)      \
    }

static void make_choices(void)
{
    static struct typecode_member by_colour[3];
    static struct typecode_member by_letter[2];
    const struct typecode_member first[] = {MEMBER("wide", typecode_basic(TK_WSTRING), 0),
                                            MEMBER("real", typecode_basic(TK_LONGDOUBLE), 1),
                                            MEMBER("flag", typecode_basic(TK_BOOLEAN), 0)};
    const struct typecode_member second[] = {MEMBER("a", typecode_basic(TK_WCHAR), 'a'),
                                             MEMBER("e", typecode_basic(TK_CHAR), 0xe9)};
    memcpy(by_colour, first, sizeof(first));
    memcpy(by_letter, second, sizeof(second));
    choice.discriminator = &colour;
    choice.members = by_colour;
    choice.member_count = 3;
    choice.default_index = 1;
    letters.discriminator = typecode_basic(TK_CHAR);
    letters.members = by_letter;
    letters.member_count = 2;
}

static void make_node(void)
{
    static struct typecode_member members[12];
    const struct typecode_member all[] = {MEMBER("name", &name, 0),
                                          MEMBER("price", &price, 0),
                                          MEMBER("wholes", &wholes, 0),
                                          MEMBER("octets", &octets, 0),
                                          MEMBER("rows", &rows, 0),
                                          MEMBER("choice", &choice, 0),
                                          MEMBER("letters", &letters, 0),
                                          MEMBER("great", typecode_basic(TK_ULONGLONG), 0),
                                          MEMBER("float", typecode_basic(TK_FLOAT), 0),
                                          MEMBER("double", typecode_basic(TK_DOUBLE), 0),
                                          MEMBER("short", typecode_basic(TK_SHORT), 0),
                                          MEMBER("nodes", &nodes, 0)};
    memcpy(members, all, sizeof(all));
    node.members = members;
    node.member_count = 12;
}

static void make_types(void)
{
    struct typecode *const inner_first[] = {&colour, &name,    &price,  &wholes, &octets, &cells,
                                            &rows,   &letters, &choice, &nodes,  &node};
    octets.content = typecode_basic(TK_OCTET);
    cells.content = typecode_basic(TK_USHORT);
    rows.content = &cells;
    nodes.content = &node;
    make_choices();
    make_node();
    for (size_t i = 0; i < sizeof(inner_first) / sizeof(inner_first[0]); i++)
        typecode_finish(inner_first[i]);
}

/* As a value, and told again; as our own bytes. */
static void check_way_back(const struct cdr_reader *like, const struct typecode *type,
                           const struct buffer *told)
{
    struct buffer bytes = {0};
    struct buffer again = {0};
    struct json_writer json = {.out = &again};
    struct cdr_writer w = {.out = &bytes,
                           .char_set = like->char_set,
                           .wchar_set = like->wchar_set,
                           .minor = like->minor};
    json_t *value = json_loadb(told->data, told->size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (value == NULL || value_from_json(&w, type, NULL, value, "", NULL) != STATUS_OK)
        abort();
    struct cdr_reader r =
        cdr_reader_of(bytes.data, bytes.size, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, NULL);
    r.minor = like->minor;
    r.char_set = like->char_set;
    r.wchar_set = like->wchar_set;
    value_to_json(&r, type, NULL, &json);
    if (!cdr_ok(&r) || cdr_left(&r) != 0 || again.size != told->size ||
        memcmp(again.data, told->data, told->size) != 0)
        abort();
    json_decref(value);
    buffer_release(&bytes);
    buffer_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct typecode *const types[] = {&node,  &choice, &letters, &nodes,
                                            &price, &rows,   &octets,  &name};
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    if (node.members == NULL)
        make_types();
    if (size == 0)
        return 0;
    const struct typecode *type = types[data[0] & 7];
    struct cdr_reader start = fuzz_reader(data + 1, size - 1);
    struct cdr_reader skipped = start;
    struct cdr_reader told = start;
    value_skip(&skipped, type);
    value_to_json(&told, type, NULL, &json);
    if (skipped.failure != told.failure || skipped.position != told.position)
        abort();
    if (cdr_ok(&told))
        check_way_back(&start, type, &out);
    buffer_release(&out);
    return 0;
}
