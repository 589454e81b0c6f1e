public import Documents

extension PlanFile {
  /// A file that could be read, with what was found around the plan.
  public struct Reading: Sendable, Hashable {
    public let file: PlanFile
    /// `sha256:…` over the body: the digest that binds every byte of the plan.
    public let digest: String
    /// The key that signed it; whether it is trusted has been asked only where trusted keys were given.
    public let signer: VerifyingKey?
  }

  /// Reads any bytes whatever, and never does more than refuse them.
  ///
  /// With `trusted`, the file has to be signed by one of these keys, which is found out before the plan is looked at.
  /// A signature that does not fit is refused in any case.
  public static func read(_ bytes: [UInt8], trusting trusted: [VerifyingKey]? = nil) throws(PlanRefusal) -> Reading {
    let (signature, sealed) = try unsigned(bytes)
    if let signature {
      guard signature.verifies(Array(sealed)) else { throw .badSignature }
      if let trusted, !trusted.contains(signature.key) {
        throw .untrusted(key: signature.key.id, trusted: trusted.count)
      }
    } else if trusted != nil, sealed.starts(with: magic.utf8) {
      throw .unsigned
    }
    let (digest, body) = try unsealed(sealed)
    return Reading(file: try PlanFile(body), digest: digest, signer: signature?.key)
  }

  private static func unsigned(_ bytes: [UInt8]) throws(PlanRefusal) -> (Signature?, ArraySlice<UInt8>) {
    guard bytes.starts(with: signatureMagic.utf8) else { return (nil, bytes[...]) }
    let (words, rest) = try line(bytes[...], behind: signatureMagic)
    guard words.first == "1" else { throw .newerFormat(words.first ?? "") }
    guard words.count == 4, words[1] == "ed25519", let signature = Signature("\(words[2]) \(words[3])") else {
      throw .badSignature
    }
    return (signature, rest)
  }

  private static func unsealed(_ bytes: ArraySlice<UInt8>) throws(PlanRefusal) -> (String, [UInt8]) {
    guard bytes.starts(with: magic.utf8) else { throw .noPlan }
    let (words, rest) = try line(bytes, behind: magic)
    guard words.first == String(version) else { throw .newerFormat(words.first ?? "") }
    let body = Array(rest)
    let digest = checksum(of: body)
    guard words.count == 2, words[1] == digest else { throw .damaged("its checksum does not fit what stands in it") }
    return (digest, body)
  }

  /// The words of the first line behind its magic word, and all that follows the line. No header is longer than this.
  private static func line(
    _ bytes: ArraySlice<UInt8>, behind magic: String
  ) throws(PlanRefusal) -> (words: [String], rest: ArraySlice<UInt8>) {
    let head = bytes.prefix(300)
    guard let end = head.firstIndex(of: 10) else { throw .damaged("its first line has no end") }
    let text = head[..<end].dropFirst(magic.utf8.count)
    guard text.allSatisfy({ (0x20..<0x7F).contains($0) }) else { throw .damaged("its first line is not text") }
    let words = text.split(separator: 0x20, omittingEmptySubsequences: false)
    return (words.map { String(decoding: $0, as: UTF8.self) }, bytes[(end + 1)...])
  }

  /// Reads a body. Whoever wrote it with another program may have forgotten anything.
  private init(_ body: [UInt8]) throws(PlanRefusal) {
    let value: Value
    do { value = try JSON.read(body) } catch { throw .damaged("its body is not JSON: \(error)") }
    do throws(PlanReader.Unreadable) {
      self = try PlanReader(value, at: "").planFile()
    } catch {
      throw .damaged("`\(error.path)` is not as this Decant writes it")
    }
    // Also refuses what nobody asked for: unknown keys, other spellings, other orders.
    guard Array((JSON.canonical(json) + "\n").utf8) == body else {
      throw .damaged("its body is not as this Decant writes it")
    }
    let selection = plan.partial?.selection ?? .everything
    guard PlanDigest.of(plan.actions, workspace: plan.workspace, selection) == plan.digest else {
      throw .damaged("its digest is not that of its actions")
    }
    guard [plan.changes, plan.refreshes].allSatisfy({ Set($0.map(\.address)).count == $0.count }) else {
      throw .damaged("it names one object twice")
    }
    let declared = (copying?.objects ?? []).map(\.address)
    guard Set(declared).count == declared.count else { throw .damaged("it declares one object twice") }
  }
}
