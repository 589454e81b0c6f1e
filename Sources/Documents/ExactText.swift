/// Texts compared code by code, where Swift's `String` finds "é" equal to "e" with a combining accent.
///
/// YAML, JSON and PostgreSQL tell the two apart, and so do digests; a comparison that does not would hide a change.
struct ExactText: Hashable {
  let text: String

  static func == (left: ExactText, right: ExactText) -> Bool { left.text.isExactly(right.text) }

  func hash(into hasher: inout Hasher) { text.hashExactly(into: &hasher) }
}

extension String {
  func isExactly(_ other: String) -> Bool {
    utf8.count == other.utf8.count
      && withBytes { left in
        other.withBytes { right in left.elementsEqual(right) }
      }
  }

  func hashExactly(into hasher: inout Hasher) {
    withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(UInt8(0xFF))
  }

  /// The order of RFC 8785, section 3.2.3: by UTF-16 code units.
  ///
  /// It is the order of the UTF-8 bytes but for one case: U+E000 to U+FFFF (lead bytes EE and EF) come after
  /// everything beyond U+FFFF (lead bytes F0 and up), because that is written in UTF-16 as surrogates.
  func precedesInUTF16(_ other: String) -> Bool {
    withBytes { left in
      other.withBytes { right in
        let shared = min(left.count, right.count)
        guard let index = (0..<shared).first(where: { left[$0] != right[$0] }) else { return left.count < right.count }
        let (a, b) = (left[index], right[index])
        return a >= 0xEE && b >= 0xEE && (a >= 0xF0) != (b >= 0xF0) ? a > b : a < b
      }
    }
  }

  private func withBytes<Result>(_ use: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    utf8.withContiguousStorageIfAvailable(use) ?? Array(utf8).withUnsafeBufferPointer(use)
  }
}
