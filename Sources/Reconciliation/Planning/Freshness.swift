/// What was seen of a target's copy: when it was made, by what, and what it would be made by now.
public struct CopyObservation: Sendable, Hashable {
  public let address: Address
  /// The name of the destination's database.
  public let destination: String
  /// Seconds; nothing where the copy's age is not declared, and copies are made only when somebody asks for one.
  public let maxAge: Int?
  public let policyDigest: String
  /// From the snapshot catalogue; nothing where no copy was ever published.
  public let published: PublishedCopy?
  /// Nothing where the source could not be read: then only the age and the policy are judged.
  public let study: CopyStudy?

  public init(
    address: Address, destination: String, maxAge: Int?, policyDigest: String, published: PublishedCopy?,
    study: CopyStudy?
  ) {
    self.address = address
    self.destination = destination
    self.maxAge = maxAge
    self.policyDigest = policyDigest
    self.published = published
    self.study = study
  }
}

/// What a reviewer reads of a refresh; none of it is in the plan's digest.
public struct CopyPreview: Sendable, Hashable {
  public let destination: String
  public let tables: Int?
  public let bytes: Int?
  /// At the rate of the last refresh.
  public let estimatedSeconds: Int?
  /// Seconds since the instant that the published copy shows, and seconds that it may be old.
  public let age: Int?
  public let maxAge: Int?
  /// The fingerprint of the schema that the published copy was made of; in no saved plan.
  let copiedSchema: String?

  public init(
    destination: String, tables: Int? = nil, bytes: Int? = nil, estimatedSeconds: Int? = nil, age: Int? = nil,
    maxAge: Int? = nil, copiedSchema: String? = nil
  ) {
    self.copiedSchema = copiedSchema
    self.destination = destination
    self.tables = tables
    self.bytes = bytes
    self.estimatedSeconds = estimatedSeconds
    self.age = age
    self.maxAge = maxAge
  }
}

extension CopyObservation {
  /// Why the copy has to be made anew; nothing where it is as declared. What a person decided comes before what time
  /// did.
  func reason(at moment: Timestamp) -> Action.Reason? {
    guard let published else { return .neverBuilt }
    if published.policyDigest != policyDigest { return .policyChanged }
    if let study, study.keyID != published.keyID { return .keyChanged }
    if let study, study.schemaFingerprint != published.schemaFingerprint { return .sourceSchemaChanged }
    guard let maxAge, age(at: moment).map({ $0 > maxAge }) ?? false else { return nil }
    return .olderThanMaxAge
  }

  private func age(at moment: Timestamp) -> Int? {
    published.map { max(0, Int(moment.since($0.builtAt).components.seconds)) }
  }

  func preview(at moment: Timestamp) -> CopyPreview {
    let rate = published?.bytesPerSecond.flatMap { $0 > 0 ? $0 : nil }
    return CopyPreview(
      destination: destination, tables: study?.tables, bytes: study?.bytes,
      estimatedSeconds: rate.flatMap { rate in study.map { max(1, $0.bytes / rate) } }, age: age(at: moment),
      maxAge: maxAge, copiedSchema: published?.schemaFingerprint)
  }
}
