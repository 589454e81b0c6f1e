/// The check of cards and of many numbers of states (ISO/IEC 7812-1, annex B): every other digit from the right is
/// doubled, and the sum of all digits is a multiple of ten.
package enum Luhn {
  /// - Parameter digits: four bits each, the last one lowest.
  package static func holds(_ digits: UInt128) -> Bool {
    var (rest, sum, doubles) = (digits, 0, false)
    while rest > 0 {
      let digit = Int(truncatingIfNeeded: rest & 15)
      sum += doubles ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit
      (rest, doubles) = (rest >> 4, !doubles)
    }
    return sum % 10 == 0
  }
}
