/// `24h`, `90m`, `7d`: how durations are written.
public enum DurationText {
  private static let units: [(letter: Character, seconds: Int)] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)]

  /// Whole seconds; nothing where it is not a duration.
  public static func seconds(_ text: String) -> Int? {
    guard let letter = text.last, let unit = units.first(where: { $0.letter == letter }),
      let count = Int(text.dropLast()), count > 0, text.first != "+"
    else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit.seconds)
    return overflow ? nil : product
  }

  /// In the largest unit up to hours that loses nothing: `1d` is `24h`, `60m` is `1h`.
  public static func normalForm(seconds: Int) -> String {
    let unit = units.dropFirst().first { seconds % $0.seconds == 0 } ?? ("s", 1)
    return "\(seconds / unit.seconds)\(unit.letter)"
  }
}
