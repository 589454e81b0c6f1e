import Reconciliation

/// The sentences about copies: the same in every rendering.
extension Action {
  /// "copy is 31 h old, max_age is 24 h"
  var spokenReason: String {
    guard reason == .olderThanMaxAge, let age = copy?.age, let limit = copy?.maxAge else { return reason.spoken }
    return "copy is \(Text.age(age)) old, max_age is \(Text.age(limit))"
  }
}

extension CopyPreview {
  /// "orders_api_dev  12 tables, 41.2 GB, about 9 min at the last rate"
  var spoken: String {
    let size = [
      tables.map { Text.counted($0, "table") }, bytes.map(Text.bytes),
      estimatedSeconds.map { "about \(Text.age($0)) at the last rate" },
    ].compactMap { $0 }
    return size.isEmpty ? destination : "\(destination)  \(size.joined(separator: ", "))"
  }
}

extension CopySummary {
  /// "12 tables, 3,102,554 rows in 4.1 s, snapshot 0193…"
  var spoken: String {
    "\(Text.counted(tables, "table")), \(Text.counted(rows, "row")) in \(Text.duration(duration)), snapshot \(snapshot)"
  }
}

extension Text {
  /// "31 h", "12 min", "40 s", "3 days": as ages are declared.
  static func age(_ seconds: Int) -> String {
    switch seconds {
    case ..<120: "\(seconds) s"
    case ..<7_200: "\(seconds / 60) min"
    case ..<172_800: "\(seconds / 3_600) h"
    default: "\(seconds / 86_400) days"
    }
  }

  /// "41.2 GB"
  static func bytes(_ count: Int) -> String { ByteCount.spoken(count) }
}
