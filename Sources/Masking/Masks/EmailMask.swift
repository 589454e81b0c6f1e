/// `email`: `user_<hex>@domain`, the same for the same address.
///
/// The normal form that is hashed is the address without blanks around it and with ASCII letters in lower case, so
/// that `John@Example.com` and `john@example.com` have one mask. With `preserve_domain` the address keeps its domain
/// in lower case where that is a host name of ASCII letters, digits, hyphens and dots with at least one dot; anything
/// else behind the `@` might be more than a domain, and gives way to the `domain` of the rule.
struct EmailMask: Mask {
  private let hash: KeyedHash
  private let digits: Int
  /// `@anon.local`
  private let domain: [UInt8]
  private let keepsDomain: Bool
  private let room: Int?
  let traits: MaskTraits

  private static let prefix = Array("user_".utf8)

  init(_ order: MaskOrder) throws(MaskRefusal) {
    let name = order.text("domain") ?? "anon.local"
    domain = Array("@\(name)".utf8)
    keepsDomain = order.flag("preserve_domain") ?? false
    let fixed = Self.prefix.count + domain.count
    digits = try order.hexadecimalLength(usual: 8, fixed: fixed)
    hash = try order.hash()
    room = order.room
    let longest = keepsDomain ? max(fixed, Self.prefix.count + 1 + HostName.longest) : fixed
    traits = MaskTraits(
      uniqueness: .probabilistic(bits: 4 * digits), maximumLength: min(longest + digits, room ?? .max), foldsText: true)
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    let address = value.trimmed
    sink.append("user_")
    hash.digest(lowercasing: address).append(hexadecimal: digits, to: &sink)
    if keepsDomain, let kept = keptDomain(of: address) {
      for byte in kept { sink.append(byte.lowercased) }
    } else {
      sink.append(domain)
    }
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool {
    let end = Self.prefix.count + digits
    guard value.starts(with: Self.prefix), value.isHexadecimal(from: Self.prefix.count, count: digits) else {
      return false
    }
    let rest = value.part(end, value.count)
    if rest.isExactly(domain) { return true }
    return keepsDomain && fits(rest) && rest.first == UInt8(ascii: "@") && HostName.isOne(rest.part(1, rest.count))
      && !rest.contains(where: \.isUpper)
  }

  /// From the last `@` on, where it is a host name and fits into the column.
  private func keptDomain(of address: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard let at = address.lastIndex(of: UInt8(ascii: "@")) else { return nil }
    let kept = address.part(at, address.count)
    return fits(kept) && HostName.isOne(kept.part(1, kept.count)) ? kept : nil
  }

  private func fits(_ kept: UnsafeRawBufferPointer) -> Bool {
    Self.prefix.count + digits + kept.count <= room ?? .max
  }
}

/// A name as RFC 1123, section 2.1 has it, with at least two labels, the last of which is no number.
enum HostName {
  static let longest = 253

  static func isOne(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count <= longest, let last = bytes.last, last.isAlphanumeric else { return false }
    var (label, dots, hasLetter) = (0, 0, false)
    for index in 0..<bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: ".") {
        guard label > 0, bytes[index - 1] != UInt8(ascii: "-") else { return false }
        (label, hasLetter) = (0, false)
        dots += 1
        continue
      }
      guard byte.isAlphanumeric || (byte == UInt8(ascii: "-") && label > 0), label < 63 else { return false }
      hasLetter = hasLetter || byte.isLetter
      label += 1
    }
    return dots > 0 && hasLetter
  }
}
