public import Documents

/// A plan that is kept: what was reviewed, to be applied later, once, without reading the files again.
///
/// On disk it is lines of text. An optional first line holds a signature over all bytes behind it; then comes the
/// header, with the name and version of the format and the SHA-256 of all bytes behind that; then the body, one line of
/// canonical JSON (RFC 8785):
///
/// ```
/// decant signature 1 ed25519 KEY SIGNATURE
/// decant plan 1 sha256:CHECKSUM
/// {"actions":[…],…}
/// ```
///
/// A plan has one spelling only. Whatever is read and would not be written back byte for byte is refused.
public struct PlanFile: Sendable, Hashable {
  /// 32 hexadecimal digits, by which the control plane remembers that the plan was applied.
  public let id: String
  public let plan: Plan
  /// Where it is to be applied.
  public let controlPlane: ControlPlane
  /// Who planned.
  public let plannedBy: String
  /// The removals that were consented to with `--allow-deletes` when it was planned.
  public let allowedDeletes: Int

  /// Nothing where the plan makes no copies.
  public let copying: Copying?

  public struct ControlPlane: Sendable, Hashable {
    /// As it is declared: variables stay references, and no password stands in it.
    public let url: String
    /// Nothing where the control plane was not made yet.
    public let identity: String?

    public init(url: String, identity: String?) {
      self.url = url
      self.identity = identity
    }
  }

  public init(
    id: String, plan: Plan, controlPlane: ControlPlane, plannedBy: String, allowedDeletes: Int,
    copying: Copying? = nil
  ) {
    self.id = id
    self.plan = plan
    self.controlPlane = controlPlane
    self.plannedBy = plannedBy
    self.allowedDeletes = allowedDeletes
    self.copying = copying
  }
}

extension PlanFile {
  static let magic = "decant plan "
  static let signatureMagic = "decant signature "
  static let version = 1

  /// The bytes of a file. Throws where the plan holds something that no plan file can say, such as nesting beyond
  /// what JSON is read with; then nothing would be gained by a file.
  public func written() throws(Failure) -> [UInt8] {
    let bytes = PlanFile.sealed(Array((JSON.canonical(json) + "\n").utf8))
    do {
      _ = try PlanFile.read(bytes)
    } catch {
      throw Failure("save", "the plan", cause: error.description)
    }
    return bytes
  }

  /// A body under a header that fits it. Anybody can do this, which is why a checksum proves nothing about who wrote.
  public static func sealed(_ body: [UInt8]) -> [UInt8] {
    Array("\(magic)\(version) \(checksum(of: body))\n".utf8) + body
  }

  /// The same file under a signature.
  public static func signed(_ bytes: [UInt8], by key: SigningKey) throws(KeyError) -> [UInt8] {
    Array("\(signatureMagic)1 ed25519 \(try key.sign(bytes).text)\n".utf8) + bytes
  }

  static func checksum(of body: [UInt8]) -> String { "sha256:\(sha256(body))" }

  /// Whether bytes begin as a plan file does, so that no other file is taken for one and written over.
  public static func isBegun(by bytes: [UInt8]) -> Bool {
    bytes.isEmpty || bytes.starts(with: magic.utf8) || bytes.starts(with: signatureMagic.utf8)
  }
}
