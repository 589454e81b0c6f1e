import Documents

/// The files of the repository that are written from the kinds' schemas and rules and compared with them in a test.
public enum GeneratedFiles {
  /// Paths are relative to the repository's folder.
  public static func all(for catalogue: Catalogue) -> [(path: String, text: String)] {
    let whole = ("schemas/decant.json", text(JSONSchema.declaration(of: catalogue)))
    let objects = catalogue.kinds.map { kind in
      ("schemas/\(kind.schema.kind).json", text(JSONSchema.object(of: kind.schema)))
    }
    let report = ("schemas/report.json", text(ReportSchema.schema))
    let configuration = ("docs/reference/configuration.md", ConfigurationReference.page(of: catalogue))
    return [whole] + objects + [report, configuration] + FindingPages.all(of: catalogue)
  }

  private static func text(_ schema: Value) -> String { JSON.pretty(schema) + "\n" }
}
