import Documents
import Reconciliation
import Verification

extension CopyOrder {
  /// What says which columns look personal, as `decant.detection` has it.
  var classifier: Classifier { Classifier(settings: DetectionSettings(detection)) }
}

extension DetectionSettings {
  /// - Parameter spec: the block as its schema read it; what is not in it is as usual.
  init(_ spec: Value?) {
    let usual = DetectionSettings()
    self.init(
      threshold: spec?["threshold"]?.double ?? usual.threshold,
      insideShare: spec?["inside_share"]?.double ?? usual.insideShare)
    for detector in spec?["detectors"]?.object?.entries ?? [] {
      thresholds[detector.key] = detector.value["threshold"]?.double
      if detector.value["off"] != nil { ignored.insert(detector.key) }
    }
    for pattern in spec?["patterns"]?.object?.entries ?? [] {
      thresholds[pattern.key] = pattern.value["threshold"]?.double
      patterns.append(
        ExtraPattern(
          kind: pattern.key, title: pattern.value["title"]?.string ?? pattern.key,
          shape: pattern.value["shape"]?.string ?? "",
          names: (pattern.value["columns"]?.list ?? []).compactMap { $0.string?.lowercased() }))
    }
  }
}

extension Value {
  /// A number, whole or not.
  fileprivate var double: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }
}
