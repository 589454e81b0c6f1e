/// `200GB`, `512 MB`, `1TiB`: how amounts of disk are written, in powers of 1000 or, with an i, of 1024.
public enum ByteCount {
  private static let units: [(name: String, bytes: Double)] = [
    ("kib", 1_024), ("mib", 1_048_576), ("gib", 1_073_741_824), ("tib", 1_099_511_627_776), ("kb", 1e3), ("mb", 1e6),
    ("gb", 1e9), ("tb", 1e12), ("b", 1),
  ]

  /// Nothing where it is no amount above 0.
  public static func bytes(_ text: String) -> Int? {
    let text = text.lowercased().filter { $0 != " " && $0 != "_" }
    guard let unit = units.first(where: { text.hasSuffix($0.name) }),
      let number = Double(text.dropLast(unit.name.count)), number > 0, number.isFinite
    else { return nil }
    return Int(exactly: (number * unit.bytes).rounded())
  }

  /// "41.2 GB", in powers of 1000 as disks are sold.
  public static func spoken(_ count: Int) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB", "PB"]
    var (value, unit) = (Double(count), 0)
    while value >= 999.5, unit < units.count - 1 {
      value /= 1_000
      unit += 1
    }
    if unit == 0 { return "\(count) bytes" }
    let tenths = Int((value * 10).rounded())
    return value < 99.95 ? "\(tenths / 10).\(tenths % 10) \(units[unit])" : "\(Int(value.rounded())) \(units[unit])"
  }
}
