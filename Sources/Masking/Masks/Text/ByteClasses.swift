/// What masks ask of single bytes. Only ASCII has letters here; a byte from 0x80 up is part of another character.
extension UInt8 {
  @inlinable @inline(__always) package var isDigit: Bool { self &- 0x30 < 10 }
  @inlinable @inline(__always) package var isUpper: Bool { self &- 0x41 < 26 }
  @inlinable @inline(__always) package var isLower: Bool { self &- 0x61 < 26 }
  @inlinable @inline(__always) package var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
  @inlinable @inline(__always) package var isAlphanumeric: Bool { isDigit || isLetter }
  @inlinable @inline(__always) package var isHexadecimal: Bool { isDigit || (self | 0x20) &- 0x61 < 6 }
  @inlinable @inline(__always) package var isBlank: Bool { self == 0x20 || self &- 0x09 < 5 }
  /// The second to fourth byte of a character in UTF-8.
  @inlinable @inline(__always) package var isContinuation: Bool { self & 0xC0 == 0x80 }
  @inlinable @inline(__always) package var lowercased: UInt8 { isUpper ? self | 0x20 : self }
}

extension UnsafeRawBufferPointer {
  /// The bytes from one place up to, not with, another.
  @inlinable @inline(__always)
  package func part(_ from: Int, _ to: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: baseAddress.map { $0 + from }, count: to - from)
  }

  /// Without blanks and line ends around it.
  package var trimmed: UnsafeRawBufferPointer {
    var (from, to) = (0, count)
    while to > from, self[to - 1].isBlank { to -= 1 }
    while from < to, self[from].isBlank { from += 1 }
    return part(from, to)
  }

  /// Without the spaces at its end, which `character(n)` pads with.
  package var withoutPadding: UnsafeRawBufferPointer {
    var to = count
    while to > 0, self[to - 1] == 0x20 { to -= 1 }
    return part(0, to)
  }

  /// Characters as PostgreSQL counts them: code points.
  package var characters: Int {
    var total = 0
    for byte in self where !byte.isContinuation { total += 1 }
    return total
  }

  @inline(__always)
  func isExactly(_ other: [UInt8]) -> Bool { other.withUnsafeBytes { isSame(as: $0) } }

  @inline(__always)
  package func isExactly(_ text: StaticString) -> Bool {
    isSame(as: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  @inline(__always)
  func starts(with prefix: [UInt8]) -> Bool {
    count >= prefix.count && part(0, prefix.count).isExactly(prefix)
  }

  /// Whether the bytes from a place on are so many hexadecimal digits of one case.
  package func isHexadecimal(from: Int, count digits: Int, upperCase: Bool = false) -> Bool {
    guard from >= 0, from + digits <= count else { return false }
    for index in from..<from + digits {
      let byte = self[index]
      guard byte.isDigit || (upperCase ? byte &- 0x41 < 6 : byte &- 0x61 < 6) else { return false }
    }
    return true
  }
}
