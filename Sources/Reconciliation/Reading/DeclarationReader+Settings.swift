import Documents

/// The blocks beside the objects, in normal form.
struct ReadSettings {
  let value: Settings
  let defaults: Fields
}

extension DeclarationReader {
  /// Merges the blocks of all files; the same block in two files is an error that names both places.
  mutating func settings() -> ReadSettings {
    let decant = block("decant", SettingsSchema.decant)
    let defaults = block("defaults", SettingsSchema.defaults)?.value ?? Fields()
    let sso = block("sso", SettingsSchema.sso)?.value
    let fields = decant?.value ?? Fields()
    let url = fields["control_plane"]?["url"]?.string
    let brake = fields["brake"]
    let usual = Brake.Limits()
    return ReadSettings(
      value: Settings(
        workspace: fields["workspace"]?.string ?? folderName,
        controlPlane: url ?? Settings.defaultControlPlane, controlPlanePlace: url == nil ? nil : decant?.node.place,
        brake: Brake.Limits(
          maxDeletePercent: brake?["max_delete_percent"]?.integer ?? usual.maxDeletePercent,
          maxDeletes: brake?["max_deletes"]?.integer ?? usual.maxDeletes),
        spec: fields, sso: sso, files: trees.map(\.name) + named.sorted(), root: root),
      defaults: defaults)
  }

  private mutating func block(_ key: String, _ fields: [Field]) -> (value: Fields, node: Node)? {
    let found = trees.flatMap(\.entries).filter { $0.key.text == key }
    guard let first = found.first else { return nil }
    for other in found.dropFirst() {
      diagnostics.append(
        Diagnostic(
          .error, "duplicate_block", "the block `\(key)` stands in two files", at: other.key.place,
          label: "first in \(first.key.place.short)"))
    }
    var decoding = Decoding()
    let value = decoding.settings(first.value, fields, called: "`\(key)`")
    diagnostics += decoding.diagnostics
    return (value, first.value)
  }
}

/// The keys of the blocks beside the objects.
public enum SettingsSchema {
  public static let decant: [Field] = [
    .prose("workspace", summary: "The owner of what is declared here; without it, the folder's name."),
    .object(
      "control_plane", summary: "Where records, leases and the audit log live.",
      [
        .text(
          "url", .required,
          summary: "`sqlite:PATH`, a file that needs no server. Without the block: `sqlite:.decant/control.db`."),
        .secret("token", .noEffect("only a control plane over HTTP takes a token"), summary: "The token of a control plane over HTTP."),
      ]),
    .object(
      "masking", summary: "How values are masked.",
      [.secret("key", .required, .copying, summary: "The master key of all masks; never in a file of the repository.")]),
    .object(
      "signing", summary: "How proofs and plans are signed.",
      [.secret("key", .required, .copying, summary: "An Ed25519 private key: `{file: PATH}` or a variable.")]),
    .object(
      "brake", summary: "How much may be removed without consent.",
      [
        .integer(
          "max_delete_percent", 0...100, .fallback(30),
          summary: "From 10 objects up, the share that may be deleted or replaced."),
        .integer("max_deletes", 0...Int.max, .fallback(20), summary: "How many objects may be deleted or replaced."),
      ]),
  ]

  public static let defaults: [Field] = [
    .integer("cpus", 1...256, summary: "`cpus` of every target that gives none itself.")
  ]

  public static let sso: [Field] = [
    .choice("provider", ["okta"], .required, summary: "The identity provider."),
    .text("url", .required, summary: "Its address, `https://shop.okta.example`."),
    .secret("token", .required, summary: "An API token."),
  ]
}
