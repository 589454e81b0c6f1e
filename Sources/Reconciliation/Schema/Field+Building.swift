import Documents

/// Short spellings, so that a kind's schema reads like a table.
extension Field {
  public static func text(_ name: String, _ traits: Trait..., summary: String) -> Field {
    Field(name, .text, traits, summary)
  }
  public static func prose(_ name: String, _ traits: Trait..., summary: String) -> Field {
    Field(name, .prose, traits, summary)
  }
  public static func integer(
    _ name: String, _ range: ClosedRange<Int>, _ traits: Trait..., summary: String
  ) -> Field { Field(name, .integer(range), traits, summary) }
  public static func number(
    _ name: String, _ range: ClosedRange<Double>, _ traits: Trait..., summary: String
  ) -> Field { Field(name, .number(range), traits, summary) }
  public static func boolean(_ name: String, _ traits: Trait..., summary: String) -> Field {
    Field(name, .boolean, traits, summary)
  }
  public static func choice(_ name: String, _ words: [String], _ traits: Trait..., summary: String) -> Field {
    Field(name, .choice(words), traits, summary)
  }
  public static func date(_ name: String, _ traits: Trait..., summary: String) -> Field {
    Field(name, .date, traits, summary)
  }
  public static func duration(_ name: String, _ traits: Trait..., summary: String) -> Field {
    Field(name, .duration, traits, summary)
  }
  public static func path(_ name: String, _ traits: Trait..., summary: String) -> Field {
    Field(name, .path, traits, summary)
  }
  public static func secret(_ name: String, _ traits: Trait..., summary: String) -> Field {
    Field(name, .secret, traits, summary)
  }
  public static func connectionURL(_ name: String, _ traits: Trait..., summary: String) -> Field {
    Field(name, .connectionURL, traits, summary)
  }
  public static func reference(_ name: String, to kind: String, _ traits: Trait..., summary: String) -> Field {
    Field(name, .reference(kind: kind), traits, summary)
  }
  public static func list(_ name: String, of shape: Shape, _ traits: Trait..., summary: String) -> Field {
    Field(name, .list(shape), traits, summary)
  }
  public static func set(_ name: String, of shape: Shape, _ traits: Trait..., summary: String) -> Field {
    Field(name, .set(shape), traits, summary)
  }
  public static func object(_ name: String, _ traits: Trait..., summary: String, _ fields: [Field]) -> Field {
    Field(name, .object(fields), traits, summary)
  }
  /// Objects by name; `listKey` allows them to be written as a list whose members name themselves.
  public static func map(
    _ name: String, of shape: Shape, named: String, listKey: String? = nil, _ traits: Trait..., summary: String
  ) -> Field { Field(name, .map(shape, named: named, listKey: listKey), traits, summary) }

  /// The keys that every object has.
  static let common: [Field] = [
    .boolean(
      "protected", .fallback(false),
      summary: "While true, the object cannot be deleted: apply it with `false` first. It outlives the block."),
    .list(
      "waive", of: .object(Waiver.fields),
      summary: "Conditions and findings that are accepted for a reason, and until when."),
  ]
}
