// The tree of a source text, as a flat list of its named nodes. Linked with tree-sitter's library and one grammar; the grammar's
// function is given as LANGUAGE. The caller does everything else, in C#.
#include <stdlib.h>
#include <tree_sitter/api.h>

#define EXPORT __attribute__((visibility("default")))

const TSLanguage *LANGUAGE(void);

// One named node, in the order of the text, a parent before its children. Positions are in UTF-16 code units.
typedef struct {
    uint32_t start;
    uint32_t end;
    uint16_t kind;
    uint16_t field;
    uint32_t depth;
} Node;

static const uint32_t IS_ERROR = 1u << 31, IS_EXTRA = 1u << 30;

static TSParser *parser;
static uint16_t *text;
static uint32_t text_capacity;
static Node *nodes;
static uint32_t node_capacity;

// Where to put a text of this many UTF-16 code units; 0 if there is not enough memory.
EXPORT uint16_t *text_address(uint32_t length) {
    if (length > text_capacity) {
        free(text);
        text = malloc((size_t)length * sizeof(uint16_t));
        text_capacity = text == NULL ? 0 : length;
    }

    return text;
}

// Parses the text that was put there, and returns how many nodes it has; -1 if there is not enough memory.
EXPORT int32_t parse(uint32_t length) {
    if (parser == NULL) {
        parser = ts_parser_new();
        if (!ts_parser_set_language(parser, LANGUAGE()))
            return -1;
    }

    TSTree *tree =
        ts_parser_parse_string_encoding(parser, NULL, (const char *)text, length * sizeof(uint16_t), TSInputEncodingUTF16LE);
    if (tree == NULL)
        return -1;

    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    uint32_t count = 0, depth = 0;
    for (;;) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        int is_named = ts_node_is_named(node);
        if (is_named) {
            if (count == node_capacity) {
                uint32_t wanted = node_capacity == 0 ? 1 << 14 : node_capacity * 2;
                Node *grown = realloc(nodes, (size_t)wanted * sizeof(Node));
                if (grown == NULL) {
                    ts_tree_cursor_delete(&cursor);
                    ts_tree_delete(tree);
                    return -1;
                }

                nodes = grown;
                node_capacity = wanted;
            }

            nodes[count++] = (Node){
                .start = ts_node_start_byte(node) / 2,
                .end = ts_node_end_byte(node) / 2,
                .kind = ts_node_symbol(node),
                .field = ts_tree_cursor_current_field_id(&cursor),
                .depth = depth | (ts_node_is_error(node) || ts_node_is_missing(node) ? IS_ERROR : 0)
                    | (ts_node_is_extra(node) ? IS_EXTRA : 0),
            };
        }

        // A node that is not named has no named children.
        if (is_named && ts_tree_cursor_goto_first_child(&cursor)) {
            depth++;
            continue;
        }

        while (!ts_tree_cursor_goto_next_sibling(&cursor)) {
            if (!ts_tree_cursor_goto_parent(&cursor)) {
                ts_tree_cursor_delete(&cursor);
                ts_tree_delete(tree);
                return (int32_t)count;
            }

            depth--;
        }
    }
}

// The nodes of the last text.
EXPORT const Node *node_address(void) { return nodes; }

// How many kinds of nodes the grammar has, and their names.
EXPORT uint32_t kind_count(void) { return ts_language_symbol_count(LANGUAGE()); }
EXPORT const char *kind_name(uint32_t kind) { return ts_language_symbol_name(LANGUAGE(), (TSSymbol)kind); }

// How many fields the grammar has, and their names; the first is 1.
EXPORT uint32_t field_count(void) { return ts_language_field_count(LANGUAGE()); }
EXPORT const char *field_name(uint32_t field) { return ts_language_field_name_for_id(LANGUAGE(), (TSFieldId)field); }
