import Documents
import Testing

/// What is wrong with a text, and the `line:column code: message` of each diagnostic, in order.
struct WrongYAMLTests {
  static let texts: [(text: String, expected: [String])] = [
    ("a:\n\tb: 1", ["2:1 tab_indentation: a tab cannot indent YAML, only spaces can"]),
    ("\ta: 1", ["1:1 tab_indentation: a tab cannot indent YAML, only spaces can"]),
    ("a: 1\n\tb: 2", ["2:1 tab_indentation: a tab cannot indent YAML, only spaces can"]),
    ("-\tb: 1", ["1:2 tab_indentation: a tab cannot indent YAML, only spaces can"]),
    ("- \tb: 1", ["1:3 tab_indentation: a tab cannot indent YAML, only spaces can"]),
    ("a:\n  b: 1\n\tc: 2", ["3:1 tab_indentation: a tab cannot indent YAML, only spaces can"]),
    ("a: b: c", ["1:5 syntax: `:` makes a key of this, where no key can stand"]),
    ("a: 1\n b: 2", ["2:3 syntax: `:` makes a key of this, where no key can stand"]),
    ("a:\n  - b\n  c\n", ["3:3 syntax: this line is no key, because `:` and a space are missing"]),
    ("a:\n  - b\n c: 1", ["3:2 syntax: this does not continue the mapping that begins at line 1"]),
    ("a: [1, 2", ["1:4 syntax: the list that `[` begins here is never closed"]),
    ("a: [1 2\nb: 1", ["2:2 syntax: the list that `[` begins at line 1 lacks a `,` or its `]` here"]),
    ("a: {b: 1", ["1:4 syntax: the mapping that `{` begins here is never closed"]),
    ("a: {b: 1 c: 2}", ["1:11 syntax: the mapping that `{` begins at line 1 lacks a `,` or its `}` here"]),
    ("b: 1\na: \"x\nc: 2", ["2:4 syntax: the text in quotes that begins here is never closed"]),
    ("a: 'x\n---\n", ["2:1 syntax: the text in quotes that begins at line 1 is not closed before `---`"]),
    ("a: \"\\q\"", ["1:5 syntax: this is no escape of a text in double quotes"]),
    ("a: \"\\x4\"", ["1:7 syntax: `\\x`, `\\u` and `\\U` want 2, 4 and 8 hexadecimal digits"]),
    ("a: \"\\uD800\"", ["1:7 syntax: this escape is no Unicode character"]),
    ("a: - b", ["1:4 syntax: `- ` cannot begin a list item here"]),
    ("- a\nb: 1", ["2:1 syntax: this is no item of the list that begins at line 1"]),
    ("a: 1\nfoo\nb: 2", ["2:1 syntax: this line is no key, because `:` and a space are missing"]),
    ("a: @x", ["1:4 syntax: `@` cannot begin a value"]),
    ("a: `x`", ["1:4 syntax: a backquote cannot begin a value"]),
    ("a: %x", ["1:4 syntax: `%` cannot begin a value"]),
    ("%x", ["1:3 syntax: `%` at the beginning of a line is a directive, and this is none that is known"]),
    ("a: *", ["1:5 syntax: `*` begins an alias, and its name is missing"]),
    ("a: *.yaml", ["1:5 syntax: `*` begins an alias, and its name is missing"]),
    ("a: & x", ["1:5 syntax: `&` begins an anchor, and its name is missing"]),
    ("a: !<x", ["1:7 syntax: `!` begins a tag, and this is none"]),
    ("a: !e!x y", ["1:4 unknown_tag: this tag uses a prefix that is not known"]),
    ("a: | foo\n x", ["1:6 syntax: nothing but a comment can follow `|` or `>` on its line"]),
    ("a: |0\n x", ["1:5 syntax: the indentation behind `|` or `>` is 1 to 9"]),
    ("%YAML 2.0\n---\na", ["1:1 syntax: only YAML 1.1 and 1.2 are read"]),
    (
      "%YAML 1.1\n%YAML 1.1\n---\na",
      ["2:1 syntax: `%` at the beginning of a line is a directive, and this is none that is known"]
    ),
    ("%TAG ! x", ["1:9 syntax: the document that `%` announces is missing"]),
    ("a: ]", ["1:4 syntax: `]` cannot begin a value"]),
    ("a: }", ["1:4 syntax: `}` cannot begin a value"]),
    ("a: ,", ["1:4 syntax: `,` cannot begin a value"]),
    ("{a: 1}\nb: 2", ["2:1 syntax: nothing can follow the end of the document"]),
    ("a: 1\n...\nb: 2", ["3:1 syntax: nothing can follow the end of the document"]),
    ("a: 1\n---\nb: 2", ["2:1 several_documents: `---` begins a second document, and a file holds one"]),
    ("? [a]\n: b", ["1:3 key_not_scalar: a list or mapping cannot be a key; a key is a word or a text"]),
    ("[a]: b", ["1:1 key_not_scalar: a list or mapping cannot be a key; a key is a word or a text"]),
    ("{a: b}: c", ["1:1 key_not_scalar: a list or mapping cannot be a key; a key is a word or a text"]),
    (": 1", ["1:1 empty_key: a key is missing before `:`"]),
    ("{: 1}", ["1:2 empty_key: a key is missing before `:`"]),
    ("? \n: 1", ["1:2 empty_key: a key is missing before `:`"]),
    ("a: 1\nb: 2\na: 3", ["3:1 duplicate_key: the key `a` comes twice in this mapping"]),
    (
      "a: 1\n'a': 2\na: 3",
      [
        "2:1 duplicate_key: the key `a` comes twice in this mapping",
        "3:1 duplicate_key: the key `a` comes twice in this mapping",
      ]
    ),
    (
      "a: {b: 1, b: 2}\na: 1",
      [
        "1:11 duplicate_key: the key `b` comes twice in this mapping",
        "2:1 duplicate_key: the key `a` comes twice in this mapping",
      ]
    ),
    ("a: *x", ["1:4 unknown_anchor: `*x` refers to an anchor that is not set above it"]),
    ("base: &defaults 1\nb: *default", ["2:4 unknown_anchor: `*default` refers to an anchor that is not set above it"]),
    ("a: &x [*x]", ["1:8 recursive_alias: `*x` stands inside what `&x` names, so it would never end"]),
    ("a: &x {b: {c: *x}}", ["1:15 recursive_alias: `*x` stands inside what `&x` names, so it would never end"]),
    ("a: !foo 1", ["1:4 unknown_tag: the tag `!foo` is not one of YAML's core schema"]),
    ("a: !!timestamp 2001-01-01", ["1:4 unknown_tag: the tag `!!timestamp` is not one of YAML's core schema"]),
    ("a: !!int x", ["1:4 tag_mismatch: the tag `!!int` wants an integer of 64 bits, and this is none"]),
    (
      "a: !!int 99999999999999999999",
      ["1:4 tag_mismatch: the tag `!!int` wants an integer of 64 bits, and this is none"]
    ),
    ("a: !!str [a]", ["1:4 tag_mismatch: the tag `!!str` wants a text, and this is none"]),
    ("a: !!map [a]", ["1:4 tag_mismatch: the tag `!!map` wants a mapping, and this is none"]),
    ("a: !!bool yes", ["1:4 tag_mismatch: the tag `!!bool` wants true or false, and this is none"]),
    ("a: !!null x", ["1:4 tag_mismatch: the tag `!!null` wants null, and this is none"]),
    ("a: !!float x", ["1:4 tag_mismatch: the tag `!!float` wants a number, and this is none"]),
    (
      "a: !foo [1]\nb: !bar {}\na: 2",
      [
        "1:4 unknown_tag: the tag `!foo` is not one of YAML's core schema",
        "2:4 unknown_tag: the tag `!bar` is not one of YAML's core schema",
        "3:1 duplicate_key: the key `a` comes twice in this mapping",
      ]
    ),
    ("<<: 1", ["1:5 bad_merge: `<<` merges a mapping or a list of mappings, and this is neither"]),
    ("<<: [1, {a: 1}]", ["1:6 bad_merge: `<<` merges a mapping or a list of mappings, and this is neither"]),
    ("<<: [[{a: 1}]]", ["1:6 bad_merge: `<<` merges a mapping or a list of mappings, and this is neither"]),
    ("<<: {a: 1}\n<<: {b: 1}", ["2:1 duplicate_key: the key `<<` comes twice in this mapping"]),
    ("&k [1]: 2", ["1:1 key_not_scalar: a list or mapping cannot be a key; a key is a word or a text"]),
    ("a: &x [1]\n*x : 2", ["2:1 key_not_scalar: a list or mapping cannot be a key; a key is a word or a text"]),
    ("a: &k key\n*k : 1\n*k : 2", ["3:1 duplicate_key: the key `key` comes twice in this mapping"]),
    ("a: 'it's'", ["1:8 syntax: this cannot follow the value that ends before it"]),
    ("a: [b]c", ["1:7 syntax: this cannot follow the value that ends before it"]),
    ("key: [a, b]]", ["1:12 syntax: this cannot follow the value that ends before it"]),
    ("a: b\n  c: d", ["2:4 syntax: `:` makes a key of this, where no key can stand"]),
    ("é: 1\né: 2", ["2:1 duplicate_key: the key `é` comes twice in this mapping"]),
    ("a: ? b", ["1:4 syntax: `? ` cannot begin a key here"]),
    ("\u{2028}", ["1:1 control_character: the character U+2028 cannot stand in a YAML file"]),
    ("a: \"\u{85}\"", ["1:5 control_character: the character U+0085 cannot stand in a YAML file"]),
    ("a: \u{7F}", ["1:4 control_character: the character U+007F cannot stand in a YAML file"]),
    ("a: b\u{FEFF}c", ["1:5 control_character: the character U+FEFF cannot stand in a YAML file"]),
    ("[&a [1], *a, *b]", ["1:14 unknown_anchor: `*b` refers to an anchor that is not set above it"]),
    ("a: \"\\U00110000\"", ["1:7 syntax: this escape is no Unicode character"]),
    ("a: !!", ["1:6 syntax: `!` begins a tag, and this is none"]),
    ("- [a\n- b", ["1:3 syntax: the list that `[` begins here is never closed"]),
    ("a: >x\n b", ["1:5 syntax: nothing but a comment can follow `|` or `>` on its line"]),
    ("a:\n    b: 1\n   c: 2", ["3:4 syntax: this does not continue the mapping that begins at line 1"]),
    ("a: \"x\" y", ["1:8 syntax: this cannot follow the value that ends before it"]),
    (
      "{a: 1, a",
      [
        "1:8 duplicate_key: the key `a` comes twice in this mapping",
        "1:1 syntax: the mapping that `{` begins here is never closed",
      ]
    ),
    ("a:\n- b\n-c\n", ["3:1 syntax: this line is no key, because `:` and a space are missing"]),
    ("--- a\n--- b", ["2:1 several_documents: `---` begins a second document, and a file holds one"]),
    ("...\n", ["1:1 syntax: `.` cannot begin a value"]),
    ("%FOO\n---\na: 1", ["1:5 syntax: `%` at the beginning of a line is a directive, and this is none that is known"]),
    ("\"a\\0b\": 1\nb: 2", ["1:1 control_character: a key cannot hold the character NUL"]),
  ]

  @Test(arguments: texts)
  func isSaidWithPlaceCodeAndSentence(text: String, expected: [String]) {
    let diagnostics = YAML.read(Source(name: "decant.yaml", bytes: Array(text.utf8))).diagnostics
    let said = diagnostics.map { diagnostic in
      let place = diagnostic.place.map { "\($0.line):\($0.column)" } ?? "nowhere"
      return "\(place) \(diagnostic.code): \(diagnostic.message)"
    }
    #expect(said == expected)
    #expect(diagnostics.allSatisfy { $0.severity == .error && $0.place?.source.line(Int($0.place?.line ?? 0)) != nil })
  }
}
