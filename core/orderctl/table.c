/* Aligning columns by counting characters. */
#include "orderctl/table.h"

#include "base/utf8.h"
#include "orderctl/plain.h"

static size_t characters_of(const char *text)
{
    ptrdiff_t count = utf8_count(text, strlen(text));
    return count < 0 ? strlen(text) : (size_t)count;
}

static void widen(struct table *table, size_t column, const char *text)
{
    size_t width = characters_of(text);
    if (width > table->widths[column])
        table->widths[column] = width;
}

void table_add(struct table *table, const char *const *cells)
{
    for (size_t i = 0; i < table->columns; i++) {
        size_t place = table->cells.size;
        plain_append(&table->cells, cells[i], 0);
        buffer_append(&table->cells, "", 1);
        widen(table, i, table->cells.data + place);
    }
    table->rows++;
}

/* The last column is not filled up. */
static void cell_print(const struct table *table, size_t column, const char *text, FILE *out)
{
    bool last = column + 1 == table->columns;
    size_t fill = last ? 0 : table->widths[column] - characters_of(text) + 2;
    fprintf(out, "%s%*s%s", text, (int)fill, "", last ? "\n" : "");
}

void table_print(struct table *table, FILE *out)
{
    const char *cell = table->cells.data;
    for (size_t i = 0; i < table->columns && !table->headed; i++)
        widen(table, i, table->names[i]);
    for (size_t i = 0; i < table->columns && !table->headed && table->rows > 0; i++)
        cell_print(table, i, table->names[i], out);
    table->headed = table->headed || table->rows > 0;
    for (size_t i = 0; i < table->rows * table->columns; i++) {
        cell_print(table, i % table->columns, cell, out);
        cell += strlen(cell) + 1;
    }
    table->rows = 0;
    buffer_clear(&table->cells);
}

void table_release(struct table *table)
{
    buffer_release(&table->cells);
}
