/// An IPv4 or IPv6 address (RFC 4291, section 2.2), with or without the length of its network.
package struct IPAddress: Equatable {
  package enum Family {
    case four, six

    package var bits: Int { self == .four ? 32 : 128 }
    /// The longest prefix that leaves more than a host to be masked.
    var mostPreserved: Int { self == .four ? 24 : 64 }
  }

  package let family: Family
  package var bits: UInt128
  /// `/24`
  package let length: Int?

  init(family: Family, bits: UInt128, length: Int?) {
    (self.family, self.bits, self.length) = (family, bits, length)
  }

  package init?(_ text: UnsafeRawBufferPointer) {
    guard (2...49).contains(text.count) else { return nil }
    let slash = text.firstIndex(of: UInt8(ascii: "/")) ?? text.count
    let address = text.part(0, slash)
    if let bits = Self.four(address) {
      (family, self.bits) = (.four, UInt128(bits))
    } else if let bits = Self.six(address) {
      (family, self.bits) = (.six, bits)
    } else {
      return nil
    }
    guard slash < text.count else {
      length = nil
      return
    }
    guard let length = Self.decimal(text.part(slash + 1, text.count)), length <= family.bits else { return nil }
    self.length = length
  }

  static func lowBits(_ count: Int) -> UInt128 { count >= 128 ? .max : (1 << UInt128(max(0, count))) - 1 }

  /// Up to three digits.
  private static func decimal(_ text: UnsafeRawBufferPointer) -> Int? {
    guard (1...3).contains(text.count) else { return nil }
    var value = 0
    for byte in text {
      guard byte.isDigit else { return nil }
      value = value * 10 + Int(byte &- 0x30)
    }
    return value
  }

  private static func four(_ text: UnsafeRawBufferPointer) -> UInt32? {
    guard (7...15).contains(text.count) else { return nil }
    var (bits, parts, start): (UInt32, Int, Int) = (0, 0, 0)
    while parts < 4 {
      var end = start
      while end < text.count, text[end] != UInt8(ascii: ".") { end += 1 }
      guard let part = decimal(text.part(start, end)), part < 256 else { return nil }
      (bits, parts, start) = (bits << 8 | UInt32(part), parts + 1, end + 1)
      guard start <= text.count || parts == 4 else { return nil }
    }
    return start == text.count + 1 ? bits : nil
  }

  private static func six(_ text: UnsafeRawBufferPointer) -> UInt128? {
    var (front, back): ((bits: UInt128, groups: Int), (bits: UInt128, groups: Int)) = ((0, 0), (0, 0))
    guard let gap = doubleColon(in: text) else {
      guard let all = groups(text), all.groups == 8 else { return nil }
      return all.bits
    }
    if gap > 0 {
      guard let read = groups(text.part(0, gap)) else { return nil }
      front = read
    }
    if gap + 2 < text.count {
      guard let read = groups(text.part(gap + 2, text.count)) else { return nil }
      back = read
    }
    guard front.groups + back.groups < 8 else { return nil }
    return front.bits << UInt128(16 * (8 - front.groups)) | back.bits
  }

  private static func doubleColon(in text: UnsafeRawBufferPointer) -> Int? {
    (0..<max(0, text.count - 1)).first { text[$0] == UInt8(ascii: ":") && text[$0 + 1] == UInt8(ascii: ":") }
  }

  /// Groups of up to four hexadecimal digits with a colon between; the last may be an IPv4 address, two groups.
  private static func groups(_ text: UnsafeRawBufferPointer) -> (bits: UInt128, groups: Int)? {
    var (bits, count, start): (UInt128, Int, Int) = (0, 0, 0)
    while start <= text.count {
      var end = start
      while end < text.count, text[end] != UInt8(ascii: ":") { end += 1 }
      let group = text.part(start, end)
      if end == text.count, let last = four(group) {
        (bits, count) = (bits << 32 | UInt128(last), count + 2)
      } else {
        guard let value = hexadecimal(group) else { return nil }
        (bits, count) = (bits << 16 | UInt128(value), count + 1)
      }
      guard count <= 8 else { return nil }
      start = end + 1
    }
    return (bits, count)
  }

  private static func hexadecimal(_ text: UnsafeRawBufferPointer) -> UInt16? {
    guard (1...4).contains(text.count) else { return nil }
    var value: UInt16 = 0
    for byte in text {
      guard byte.isHexadecimal else { return nil }
      value = value << 4 | UInt16(byte.isDigit ? byte &- 0x30 : (byte | 0x20) &- 0x57)
    }
    return value
  }
}

extension IPAddress {
  /// As PostgreSQL writes it; IPv6 by RFC 5952, section 4: the longest run of two or more zero groups is `::`.
  func append(to sink: inout ByteSink) {
    switch family {
    case .four:
      for shift in stride(from: 24, through: 0, by: -8) {
        sink.append(signed: Int(truncatingIfNeeded: bits >> UInt128(shift)) & 255)
        if shift > 0 { sink.append(UInt8(ascii: ".")) }
      }
    case .six: appendGroups(to: &sink)
    }
    guard let length else { return }
    sink.append(UInt8(ascii: "/"))
    sink.append(signed: length)
  }

  private func group(_ index: Int) -> UInt16 { UInt16(truncatingIfNeeded: bits >> UInt128(16 * (7 - index))) }

  private func appendGroups(to sink: inout ByteSink) {
    let gap = longestGap
    var index = 0
    while index < 8 {
      if index == gap.lowerBound, gap.count > 1 {
        sink.append("::")
        index = gap.upperBound
        continue
      }
      if index > 0, index != gap.upperBound || gap.count < 2 { sink.append(UInt8(ascii: ":")) }
      sink.append(shortHexadecimal: group(index))
      index += 1
    }
  }

  private var longestGap: Range<Int> {
    var (longest, start) = (0..<0, 0)
    for index in 0...8 where index == 8 || group(index) != 0 {
      if index - start > longest.count { longest = start..<index }
      start = index + 1
    }
    return longest
  }
}

extension ByteSink {
  fileprivate mutating func append(shortHexadecimal group: UInt16) {
    var shift = 12
    while shift > 0, group >> UInt16(shift) == 0 { shift -= 4 }
    while shift >= 0 {
      let digit = UInt8(truncatingIfNeeded: group >> UInt16(shift)) & 15
      append(digit + (digit < 10 ? 0x30 : 0x57))
      shift -= 4
    }
  }
}
