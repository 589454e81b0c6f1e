#if canImport(Glibc)
  private import Glibc
#elseif canImport(Darwin)
  private import Darwin
#endif

/// How probable it is that two of many values get one mask: at most n²/2^(bits+1) (the birthday bound).
public enum BirthdayBound {
  /// What a unique column may risk.
  public static let accepted = 1e-6

  /// The bound for `count` different values among 2^`bits` masks; never above 1.
  public static func probability(of count: Int, bits: Int) -> Double {
    min(1, pow(Double(count), 2) / pow(2, Double(bits + 1)))
  }

  /// The fewest hexadecimal digits that keep the bound for so many values within `accepted`; at most 64.
  public static func hexadecimalLength(for count: Int) -> Int {
    (1...64).first { probability(of: count, bits: 4 * $0) <= accepted } ?? 64
  }
}

extension MaskOrder {
  /// Characters that the column holds; `name` cuts off what is longer, and `"char"` takes one.
  var room: Int? {
    switch column.type.name {
    case "name": 63
    case "\"char\"": 1
    default: column.maximumLength
    }
  }

  /// How many hexadecimal digits a mask has, where `fixed` more characters stand around them.
  ///
  /// `hex_length` decides where it is given. Else it is `usual`, more where uniqueness needs more, and less, down to
  /// what uniqueness needs (or four), where the column is too short for it.
  func hexadecimalLength(usual: Int, fixed: Int) throws(MaskRefusal) -> Int {
    if let length = integer("hex_length") {
      try require((8...64).contains(length), "`hex_length` is a number from 8 to 64")
      try requireRoom(for: fixed + length, "a `hex_length` of \(length)")
      return length
    }
    let needed = uniqueAmong.map { BirthdayBound.hexadecimalLength(for: $0) } ?? 4
    let wanted = max(usual, needed)
    guard let room, fixed + wanted > room else { return wanted }
    guard fixed + needed <= room else { throw tooLong(fixed + needed, room) }
    return room - fixed
  }

  /// Refuses a mask of so many characters where the column holds fewer.
  func requireRoom(for characters: Int, _ what: String = "the mask") throws(MaskRefusal) {
    guard let room, characters > room else { return }
    throw MaskRefusal(
      "mask_length",
      "\(what) makes \(characters) characters and the column holds \(room); \(Self.waysToShorten)")
  }

  private func tooLong(_ characters: Int, _ room: Int) -> MaskRefusal {
    let reason = uniqueAmong.map { " to stay unique among \($0) rows" } ?? ""
    return MaskRefusal(
      "mask_length",
      "the mask needs \(characters) characters\(reason) and the column holds \(room); \(Self.waysToShorten)")
  }

  private static let waysToShorten =
    "shorten the fixed text of the rule (`domain`, `replacement`, `template`), or take `fpe`, which keeps the length, or `\"null\"`"
}
