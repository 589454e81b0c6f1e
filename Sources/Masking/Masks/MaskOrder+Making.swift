import Documents

extension MaskOrder {
  /// The mask of this order.
  ///
  /// A column of arrays is not served: the codec masks elements, so the order is given the element's type. Nor is a
  /// `custom` function that is still to be made (`CREATE FUNCTION …`): it runs in quarantine, like other SQL.
  ///
  /// - Parameter quote: makes an SQL identifier of a name, for the strategies that are SQL expressions.
  /// - Throws: `mask_unknown`, `mask_type`, `mask_key_missing`, `mask_key_weak`, `mask_null`, `mask_length`,
  ///   `mask_option`, `mask_row_key`, `mask_function`.
  public func mask(quote: (String) -> String = MaskOrder.quoted) throws(MaskRefusal) -> ColumnMask {
    guard let strategy = MaskStrategy(rawValue: strategy) else {
      throw MaskRefusal("mask_unknown", "there is no strategy `\(strategy)`")
    }
    guard strategy.serves(column.type.family) else { throw strategy.refusal(of: column.type) }
    switch strategy {
    case .preserve: return .kept
    case .custom: return .expression(try customExpression(quote))
    case .shuffleWithin: return .expression(try Shuffle(self).expression(quote))
    default: return .masked(try padded(try valueMask(strategy)))
    }
  }

  private func valueMask(_ strategy: MaskStrategy) throws(MaskRefusal) -> any Mask {
    switch strategy {
    case .email: try EmailMask(self)
    case .phone: try PhoneMask(self)
    case .redact: try RedactMask(self)
    case .address: try AddressMask(self)
    case .name: try NameMask(self)
    case .date: try DateMask(self)
    case .ip: try IPMask(self)
    case .textRedaction: try TextRedactionMask(self)
    case .hash: try HashMask(self)
    case .template: try TemplateMask(self)
    case .fpe: try FPEMask(self)
    case .noise: try NoiseMask(self)
    case .generalize: try generalizeMask()
    case .null, .preserve, .custom, .shuffleWithin: try NullMask(self)
    }
  }

  /// The keyed hash of this strategy in the column's domain.
  ///
  /// - Throws: `mask_key_missing`, `mask_key_weak`.
  func hash() throws(MaskRefusal) -> KeyedHash {
    guard let hash = KeyedHash(key: try key()) else {
      throw MaskRefusal("mask_key_missing", "libcrypto could not prepare a masking key")
    }
    return hash
  }

  func key(count: Int = 32) throws(MaskRefusal) -> DerivedKey {
    guard let keys else {
      throw MaskRefusal(
        "mask_key_missing",
        "the strategy `\(strategy)` needs a masking key; make one with `openssl rand -hex 32` and say under `decant.masking.key` where it is found"
      )
    }
    let seed = integer("seed")
    return try keys.derive(KeyPurpose(domain: domain, purpose: strategy, seed: seed), count: count)
  }

  func text(_ option: String) -> String? { options[option]?.string }
  func integer(_ option: String) -> Int? { options[option]?.integer }
  func flag(_ option: String) -> Bool? { options[option]?.bool }
  func names(_ option: String) -> [String]? { options[option]?.list?.compactMap(\.string) }

  /// - Throws: `mask_option` with the message, where the condition does not hold.
  func require(_ condition: Bool, _ message: String) throws(MaskRefusal) {
    guard condition else { throw MaskRefusal("mask_option", message) }
  }

  /// An SQL identifier in double quotes (PostgreSQL manual, section 4.1.1).
  public static func quoted(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
