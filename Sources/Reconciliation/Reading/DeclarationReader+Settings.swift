import Documents
import Runtime

/// The blocks beside the objects, in normal form.
struct ReadSettings {
  let value: Settings
  let defaults: Fields
}

extension DeclarationReader {
  /// One of the blocks, decoded.
  fileprivate struct Block {
    var value = Fields()
    var literals: [String: Secret] = [:]
    var node: Node?
  }

  /// Merges the blocks of all files; the same block in two files is an error that names both places.
  mutating func settings() -> ReadSettings {
    let decant = block("decant", SettingsSchema.decant)
    let defaults = block("defaults", SettingsSchema.defaults)
    let sso = block("sso", SettingsSchema.sso)
    let fields = decant.value
    diagnostics += DetectionSettingsSchema.defects(of: fields["detection"]).map { path, sentence in
      Diagnostic(.error, "bad_pattern", sentence, at: decant.place(of: path, in: SettingsSchema.decant))
    }
    let url = fields["control_plane"]?["url"]?.string
    let brake = fields["brake"]
    let usual = Brake.Limits()
    return ReadSettings(
      value: Settings(
        workspace: workspace(of: decant), controlPlane: url ?? Settings.defaultControlPlane,
        controlPlanePlace: url == nil ? nil : decant.place(of: "control_plane.url", in: SettingsSchema.decant),
        brake: Brake.Limits(
          maxDeletePercent: brake?["max_delete_percent"]?.integer ?? usual.maxDeletePercent,
          maxDeletes: brake?["max_deletes"]?.integer ?? usual.maxDeletes),
        spec: fields, sso: sso.node == nil ? nil : sso.value, literals: decant.literals.merging(sso.literals) { $1 },
        root: root),
      defaults: defaults.value)
  }

  fileprivate mutating func block(_ key: String, _ fields: [Field]) -> Block {
    let found = trees.flatMap(\.entries).filter { $0.key.text == key }
    guard let first = found.first else { return Block() }
    for other in found.dropFirst() {
      diagnostics.append(
        Diagnostic(
          .error, "duplicate_block", "the block `\(key)` stands in two files", at: other.key.place,
          label: "first in \(first.key.place.short)"))
    }
    var decoding = Decoding()
    let value = decoding.settings(first.value, fields, called: "`\(key)`")
    diagnostics += decoding.diagnostics
    let literals = Dictionary(uniqueKeysWithValues: decoding.literals.map { ("\(key).\($0.key)", $0.value) })
    let block = Block(value: value, literals: literals, node: first.value)
    warn(about: block, key, fields, decoding.literals.keys.sorted())
    return block
  }

  /// What rules say about objects holds for the blocks too.
  private mutating func warn(about block: Block, _ key: String, _ fields: [Field], _ literals: [String]) {
    for path in literals {
      diagnostics.append(
        Diagnostic(
          .warning, CommonRules.literal, CommonRules.literalSentence("\(key).\(path)"),
          at: block.place(of: path, in: fields)))
    }
    var found: [Diagnostic] = []
    block.value.walk(fields, at: "") { visit in
      // What has to be there cannot be left out for having no effect.
      guard case .none(let reason) = visit.field.effect, visit.field.presence.isOptional else { return }
      found.append(
        Diagnostic(
          .warning, CommonRules.noEffect, "`\(key).\(visit.path)` has no effect: \(reason)",
          at: block.place(of: visit.path, in: fields)))
    }
    diagnostics += found
  }

  private mutating func workspace(of decant: Block) -> String {
    guard let name = decant.value["workspace"]?.string else { return folderName }
    if let defect = ObjectName.defect(name) {
      diagnostics.append(
        Diagnostic(
          .error, "bad_name", "the workspace's name \(defect)",
          at: decant.place(of: "workspace", in: SettingsSchema.decant)))
    }
    return name
  }
}

extension DeclarationReader.Block {
  fileprivate func place(of path: String, in fields: [Field]) -> Place? {
    node.map { $0.nearest(to: path[...], in: .object(fields))?.place ?? $0.place }
  }
}

/// The keys of the blocks beside the objects.
public enum SettingsSchema {
  /// Every block, in the order of the reference page.
  public static let blocks: [(name: String, summary: String, fields: [Field])] = [
    ("decant", "Settings of the declaration; the block may be missing.", decant),
    ("defaults", "Values for objects that leave a key out.", defaults),
    (
      "sso",
      "The identity provider that groups come from. With it, or with `sso_groups`, a group that a target names has to be declared. This version asks the provider nothing.",
      sso
    ),
  ]

  public static let decant: [Field] = [
    .prose("workspace", summary: "The owner of what is declared here; without it, the folder's name."),
    .object(
      "control_plane", summary: "Where records, leases and the audit log live.",
      [
        Field(
          "url", .storeURL, [.required],
          "`sqlite:PATH`, a file that needs no server, or `postgresql://…`, which CI runners and a team share. Without the block: `sqlite:.decant/control.db`."
        ),
        .secret(
          "token", .noEffect("only a control plane over HTTP takes a token"),
          summary: "The token of a control plane over HTTP."),
      ]),
    .object(
      "masking", summary: "How values are masked.",
      [.secret("key", .required, .copying, summary: "The master key of all masks; never in a file of the repository.")]),
    .object(
      "sealing", summary: "How raw snapshots are encrypted.",
      [
        .secret(
          "key", .required, .copying,
          summary:
            "The secret that raw archives are sealed with, 16 characters at least; without it, none is built. `openssl rand -hex 32` makes one."
        )
      ]),
    .object(
      "signing", summary: "How proofs and plans are signed.",
      [
        .secret(
          "key", .required,
          summary: "An Ed25519 private key in PEM: `{file: PATH}` or a variable. `plan --sign` signs with it.")
      ]),
    .object(
      "brake", summary: "How much may be removed without consent.",
      [
        .integer(
          "max_delete_percent", 0...100, .fallback(30),
          summary: "From 10 objects up, the share that may be deleted or replaced."),
        .integer("max_deletes", 0...Int.max, .fallback(20), summary: "How many objects may be deleted or replaced."),
      ]),
    DetectionSettingsSchema.field,
  ]

  public static let defaults: [Field] = [
    .integer("cpus", 1...256, summary: "`cpus` of every target that gives none itself.")
  ]

  public static let sso: [Field] = [
    .choice("provider", ["okta"], .required, summary: "The identity provider."),
    .text(
      "url", .required, .noEffect("nothing is asked of the provider in this version"),
      summary: "Its address, `https://shop.okta.example`."),
    .secret(
      "token", .required, .noEffect("nothing is asked of the provider in this version"), summary: "An API token."),
  ]
}
