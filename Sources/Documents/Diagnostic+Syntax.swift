internal import CLibYAML

extension Diagnostic {
  /// libyaml's complaint in words that help somebody who does not know its grammar.
  ///
  /// It points to libyaml's problem mark, but for a text or key that is not finished: there to its beginning, because
  /// the mark is only where the search for its end was given up.
  static func syntax(_ problem: EventStream.Problem, in source: Source) -> Diagnostic {
    let spot = Spot(problem, in: source)
    let sentence = spot.scanning() ?? spot.quoting() ?? spot.structure() ?? spot.property() ?? spot.unfamiliar()
    let mark = sentence.fromStart ? problem.contextMark : problem.mark
    return Diagnostic(
      .error, sentence.code, sentence.message,
      at: Place(source: source, line: mark.line + 1, column: mark.column + 1), label: sentence.label,
      notes: sentence.notes)
  }
}

/// One complaint together with the character it is about.
private struct Spot {
  let problem: String
  let context: String
  /// The line where the thing begins that libyaml was reading.
  let start: Int
  let character: Unicode.Scalar?

  init(_ problem: EventStream.Problem, in source: Source) {
    self.problem = problem.text
    context = problem.context
    start = problem.contextMark.line + 1
    let line = source.line(problem.mark.line + 1)?.unicodeScalars.dropFirst(problem.mark.column)
    character = line?.first
  }

  struct Sentence {
    var code = "syntax"
    let message: String
    var label: String?
    var notes: [String] = []
    var fromStart = false

    init(_ message: String, label: String? = nil, note: String? = nil) {
      self.message = message
      self.label = label
      notes = note.map { [$0] } ?? []
    }

    func with(code: String) -> Sentence {
      var changed = self
      changed.code = code
      return changed
    }

    var atStart: Sentence {
      var changed = self
      changed.fromStart = true
      return changed
    }
  }
}

extension Spot {
  /// A character or a line that cannot stand where it does.
  func scanning() -> Sentence? {
    switch problem {
    case "found a tab character that violates indentation",
      "found a tab character where an indentation space is expected":
      tab
    case "found character that cannot start any token": character == "\t" ? tab : reserved
    case "mapping values are not allowed in this context":
      Sentence(
        "`:` makes a key of this, where no key can stand",
        note: "put a text that holds `: ` in quotes, and begin keys of one mapping in the same column")
    case "block sequence entries are not allowed in this context":
      Sentence("`- ` cannot begin a list item here", label: "put the list on the lines below its key")
    case "mapping keys are not allowed in this context": Sentence("`? ` cannot begin a key here")
    case "could not find expected ':'":
      Sentence(
        "this line is no key, because `:` and a space are missing", note: "or it has to be indented to belong above"
      )
      .atStart
    case "found unexpected ':'":
      Sentence("`:` cannot stand inside a text without quotes here", label: "put it in quotes")
    default: nil
    }
  }

  private var tab: Sentence {
    Sentence("a tab cannot indent YAML, only spaces can", label: "put spaces instead").with(code: "tab_indentation")
  }

  private var reserved: Sentence {
    let shown = character.map { $0 == "`" ? "a backquote" : "`\($0)`" } ?? "this character"
    return Sentence("\(shown) cannot begin a value", label: "put the text in quotes")
  }

  /// Texts in quotes and block texts.
  func quoting() -> Sentence? {
    switch problem {
    case "found unexpected end of stream":
      Sentence("the text in quotes that begins here is never closed").atStart
    case "found unexpected document indicator":
      Sentence("the text in quotes that begins at line \(start) is not closed before `---`")
    case "found unknown escape character":
      Sentence(
        "this is no escape of a text in double quotes",
        label: "write `\\\\` for a backslash, or use single quotes")
    case "did not find expected hexdecimal number":
      Sentence("`\\x`, `\\u` and `\\U` want 2, 4 and 8 hexadecimal digits")
    case "found invalid Unicode character escape code": Sentence("this escape is no Unicode character")
    case "did not find expected comment or line break":
      Sentence("nothing but a comment can follow `|` or `>` on its line", label: "begin the text on the next line")
    case "found an indentation indicator equal to 0": Sentence("the indentation behind `|` or `>` is 1 to 9")
    default: nil
    }
  }

  /// Lists and mappings that do not hold together.
  func structure() -> Sentence? {
    switch problem {
    case "did not find expected key":
      Sentence(
        "this does not continue the mapping that begins at line \(start)",
        note: "keys of one mapping begin in the same column; nothing can follow a closing quote or bracket")
    case "did not find expected '-' indicator":
      Sentence(
        "this is no item of the list that begins at line \(start)",
        note: "items begin with `- ` in the same column")
    case "did not find expected ',' or ']'":
      Sentence("the list that `[` begins at line \(start) lacks a `,` or its `]` here")
    case "did not find expected ',' or '}'":
      Sentence("the mapping that `{` begins at line \(start) lacks a `,` or its `}` here")
    case "did not find expected node content":
      character.map { Sentence("`\($0)` cannot begin a value", label: "put the text in quotes, or write the value") }
        ?? Sentence("a value is missing at the end")
    case "did not find expected <document start>":
      Sentence(
        "nothing can follow the end of the document", note: "a file is one mapping, and `...` or a `}` has ended it")
    default: nil
    }
  }

  /// Anchors, aliases, tags and directives.
  func property() -> Sentence? {
    switch context {
    case "while scanning an alias":
      Sentence("`*` begins an alias, and its name is missing", label: "put a text that begins with `*` in quotes")
    case "while scanning an anchor":
      Sentence("`&` begins an anchor, and its name is missing", label: "put a text that begins with `&` in quotes")
    case "while scanning a tag", "while parsing a tag":
      Sentence("`!` begins a tag, and this is none", label: "put a text that begins with `!` in quotes")
    default: tagOrDirective()
    }
  }

  private func tagOrDirective() -> Sentence? {
    if problem == "found undefined tag handle" {
      return Sentence(
        "this tag uses a prefix that is not known",
        note: "tags known here: !!str, !!int, !!float, !!bool, !!null, !!map, !!seq"
      ).with(code: "unknown_tag")
    }
    if problem == "found incompatible YAML document" { return Sentence("only YAML 1.1 and 1.2 are read") }
    guard context.hasSuffix("directive") || problem.hasSuffix("directive") else { return nil }
    return Sentence("`%` at the beginning of a line is a directive, and this is none that is known")
  }

  /// A version of libyaml that says something new.
  func unfamiliar() -> Sentence {
    Sentence("this is not YAML", note: problem.isEmpty ? nil : "libyaml says: \(problem)")
  }
}
