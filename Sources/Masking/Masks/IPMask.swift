/// `ip`: an address of the same family, `preserve_prefix` bits of whose network are kept.
///
/// All other bits are keyed by the address; at least 8 bits of an IPv4 and 64 of an IPv6 address always are, because
/// with fewer a host would stay as it is. Bits that a network's length leaves at zero stay zero, so that a `cidr` is
/// one afterwards. In a text column, what is no address (a list of several, a port behind it), and what would be too
/// long for the column, becomes a keyed IPv4 address without anything kept.
struct IPMask: Mask {
  private static let longest = 43

  private let hash: KeyedHash
  private let preserved: Int
  private let room: Int?
  private let isText: Bool
  let traits: MaskTraits

  init(_ order: MaskOrder) throws(MaskRefusal) {
    hash = try order.hash()
    preserved = order.integer("preserve_prefix") ?? 0
    try order.require((0...128).contains(preserved), "`preserve_prefix` is a number from 0 to 128")
    isText = order.column.type.family == .text
    room = order.room
    try order.requireRoom(for: 15)
    let bits = IPAddress.Family.four.bits - min(preserved, IPAddress.Family.four.mostPreserved)
    traits = MaskTraits(
      uniqueness: .probabilistic(bits: bits), maximumLength: min(Self.longest, room ?? .max), foldsText: isText)
  }

  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) throws(MaskFailure) {
    let text = value.trimmed
    let start = sink.count
    if let address = IPAddress(text) {
      masked(address).append(to: &sink)
      if sink.count - start <= room ?? .max { return }
      sink.truncate(to: start)
    } else if !isText {
      throw MaskFailure("it is no address in PostgreSQL's form")
    }
    let bits = UInt128(hash.digest(text).number(0) & 0xFFFF_FFFF)
    IPAddress(family: .four, bits: bits, length: nil).append(to: &sink)
  }

  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { IPAddress(value) != nil }

  private func masked(_ address: IPAddress) -> IPAddress {
    let width = address.family.bits
    let kept = min(preserved, address.family.mostPreserved)
    // Zeros behind the network's length are the form of a network, not part of an address.
    let length = address.length ?? width
    let isNetwork = address.bits & IPAddress.lowBits(width - length) == 0
    let free = IPAddress.lowBits(width - kept) & ~(isNetwork ? IPAddress.lowBits(width - length) : 0)
    let digest = withUnsafeBytes(
      of: (UInt64(address.bits >> 64).bigEndian, UInt64(truncatingIfNeeded: address.bits).bigEndian)
    ) {
      hash.digest($0)
    }
    let drawn = UInt128(digest.number(0)) << 64 | UInt128(digest.number(1))
    var result = address
    result.bits = address.bits & ~free | drawn & free
    // An address that chance left as it is would be a leak; its lowest free bit makes another one of it.
    if result.bits == address.bits { result.bits ^= free & (~free &+ 1) }
    return result
  }
}
