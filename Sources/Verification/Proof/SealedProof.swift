public import Documents

/// A proof as a file: one line of canonical JSON (RFC 8785), `{"proof":…,"seal":{…}}`, and a line end.
///
/// The seal holds the SHA-256 of the proof's bytes and, where somebody signed it, an Ed25519 signature over the same bytes
/// with its public key. A checksum alone finds accidents; it protects nobody from whoever may write the file.
public enum SealedProof {
  /// - Parameter key: nothing for a proof that nobody signs.
  public static func seal(_ proof: Value, with key: SigningKey?) throws(KeyError) -> [UInt8] {
    let body = Array(JSON.canonical(proof).utf8)
    var seal: Fields = ["sha256": .string(sha256(body))]
    if let words = try key?.sign(body).text.split(separator: " ").map(String.init), words.count == 2 {
      seal["key"] = .string(words[0])
      seal["signature"] = .string(words[1])
    }
    return Array(JSON.canonical(["proof": proof, "seal": .object(seal)]).utf8) + [0x0A]
  }

  public struct Reading: Sendable {
    public let proof: Value
    /// Nothing where nobody signed it.
    public let signer: VerifyingKey?

    public var hasPassed: Bool { proof["passed"]?.bool ?? false }
  }

  /// Reads what `seal` wrote and nothing else: each byte of a file counts.
  ///
  /// - Parameter trusted: whose signature counts; nothing where that is not asked.
  public static func read(_ bytes: [UInt8], trusting trusted: [VerifyingKey]? = nil) throws(ProofRefusal) -> Reading {
    let whole: Value
    do { whole = try JSON.read(bytes) } catch { throw .unreadable }
    guard Array(JSON.canonical(whole).utf8) + [0x0A] == bytes, let proof = whole["proof"], let seal = whole["seal"],
      whole.object?.keys == ["proof", "seal"], proof["format"]?.string == Proof.format
    else { throw .unreadable }
    let body = Array(JSON.canonical(proof).utf8)
    guard seal["sha256"]?.string == sha256(body) else { throw .changed }
    guard seal["key"] != nil || seal["signature"] != nil else {
      guard seal.object?.keys == ["sha256"] else { throw .unreadable }
      guard trusted == nil else { throw .unsigned }
      return Reading(proof: proof, signer: nil)
    }
    guard seal.object?.keys == ["key", "sha256", "signature"], let key = seal["key"]?.string,
      let text = seal["signature"]?.string, let signature = Signature("\(key) \(text)")
    else { throw .unreadable }
    guard signature.verifies(body) else { throw .badSignature }
    if let trusted, !trusted.contains(signature.key) { throw .untrusted(key: signature.key.id, trusted: trusted.count) }
    return Reading(proof: proof, signer: signature.key)
  }
}

/// Why a file is no proof of anything.
public enum ProofRefusal: Error, Sendable, Hashable, CustomStringConvertible {
  case unreadable
  case changed
  case badSignature
  case unsigned
  case untrusted(key: String, trusted: Int)

  public var description: String {
    switch self {
    case .unreadable: "it is no proof as decant writes it, byte for byte"
    case .changed: "its checksum does not fit what stands in it; somebody or something changed it"
    case .badSignature: "its signature does not fit what stands in it; somebody or something changed it"
    case .unsigned: "nobody signed it, and a trusted signature was asked for"
    case .untrusted(let key, let trusted):
      "\(key) signed it, which is none of the \(trusted) trusted keys"
    }
  }
}
