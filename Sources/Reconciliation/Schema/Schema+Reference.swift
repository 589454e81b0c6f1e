import Documents

/// The configuration reference as Markdown: one page, so that a key is found by searching in the browser.
public enum ConfigurationReference {
  public static func page(of catalogue: Catalogue) -> String {
    let sections = catalogue.kinds.map { kind in section(of: kind.schema, defaults: kind.defaults) }
    return ([opening, blocks] + sections + [closing]).joined(separator: "\n\n") + "\n"
  }

  private static let opening = """
    # Configuration reference

    <!-- Written by `decant schema --write`; a test compares it byte for byte. -->

    A declaration is one YAML file, or all `*.yaml` and `*.yml` files of one folder, merged. A file with none of the
    top keys below is left alone, and so is a file that another one names. The same address twice is an error.

    Every object may be kept in a file of its own: `NAME: {file: PATH}`, where the file holds the object's keys at its
    top. Paths are relative to the file that names them. Empty lists and values equal to the default are the same as
    an absent key.

    In the tables, **Change** says what a change of the key does (`in place`, or `replaces` the object), and **Effect**
    says when the key is used: `now`, when `copies` are made, or `none`, with the reason.

    ## Templates and secrets

    | Spelling              | Stands for                                                 |
    | --------------------- | ---------------------------------------------------------- |
    | `${NAME}`             | the environment variable `NAME`                            |
    | ``{{`NAME` \\| env}}`` | the same                                                   |
    | ``{{`text`}}``        | the text as it stands, also where it looks like a template |
    | `{file: PATH}`        | for a key of type secret: the content of that file         |

    Templates stand in keys of the types text, path, secret and database URL. A URL is taken apart before variables
    are put in, so that a password may hold `@`, `:` and `/`. Written into a URL, they are `%40`, `%3A` and `%2F`.

    Secrets are compared by where they come from: a new value of the same variable is no change. A secret that is
    written into a file is the finding `literal_secret`; nothing of it is stored. A variable that is not set is an
    error where it is used.
    """

  private static var blocks: String {
    let parts = SettingsSchema.blocks.map { block in
      "## `\(block.name)`\n\n\(block.summary)\n\n\(ReferenceTable(block.fields).text)"
    }
    return parts.joined(separator: "\n\n")
  }

  private static let closing = """
    ## Waivers

    Every object may hold `waive`, a list of conditions and findings that are accepted for a reason. Each has the
    `code` that the plan shows, a `reason`, and as a rule a last day, `until`; after it the finding `waiver_expired`
    asks for a decision. What is waived is still shown, with its reason. That source and destination are one database
    cannot be waived.
    """

  private static func section(of schema: Schema, defaults: [String]) -> String {
    var parts = ["## `\(schema.section)`", schema.summary, ReferenceTable(schema.fields).text]
    if !defaults.isEmpty {
      let keys = defaults.map { "`\($0)`" }.joined(separator: ", ")
      parts.insert("The block `defaults` gives \(keys) to objects that leave it out.", at: 2)
    }
    parts += schema.variants.map { ReferenceTable.options(of: $0.variant, at: $0.path) }
    return parts.joined(separator: "\n\n")
  }
}

extension Schema {
  /// The variants in it, each with the path at which it stands.
  fileprivate var variants: [(path: String, variant: Variant)] {
    func found(_ shape: Shape, _ path: String) -> [(String, Variant)] {
      switch shape {
      case .object(let fields): fields.flatMap { found($0.shape, path.isEmpty ? $0.name : "\(path).\($0.name)") }
      case .map(let member, let name, _): found(member, "\(path).<\(name)>")
      case .variant(let variant): [(path, variant)]
      default: []
      }
    }
    return found(.object(fields), "")
  }
}
