public import Documents
public import Reconciliation

extension StorageProfile {
  public static func check(_ object: Declared, in declaration: Declaration) -> [Diagnostic] {
    let profile = object.spec
    guard let provider = profile["provider"]?.string else { return [] }
    var found = needs(provider).filter { profile[$0] == nil }.map { missing($0, provider, object) }
    found += foreign(to: provider).filter { profile[$0] != nil }.map { misplaced($0, provider, object) }
    if profile["awscli_profile"] != nil, profile["access_key"] != nil {
      found.append(twoCredentials(object))
    }
    for (one, other) in [("access_key", "secret_key"), ("secret_key", "access_key")]
    where profile[one] != nil && profile[other] == nil {
      found.append(halfCredential(one, without: other, object))
    }
    return found
  }

  private static func needs(_ provider: String) -> [String] {
    switch provider {
    case "local": ["path"]
    case "r2": ["account_id"]
    case "minio": ["endpoint"]
    default: []
    }
  }

  private static func foreign(to provider: String) -> [String] {
    switch provider {
    case "local":
      ["bucket", "prefix", "region", "endpoint", "account_id", "awscli_profile", "access_key", "secret_key"]
    case "r2": ["path"]
    default: ["path", "account_id"]
    }
  }
}

extension StorageProfile {
  fileprivate static func missing(_ key: String, _ provider: String, _ object: Declared) -> Diagnostic {
    Diagnostic(.error, "missing_key", "a storage profile of provider `\(provider)` needs `\(key)`", at: object.place)
  }

  fileprivate static func misplaced(_ key: String, _ provider: String, _ object: Declared) -> Diagnostic {
    Diagnostic(
      .error, "misplaced_key", "a storage profile of provider `\(provider)` has no `\(key)`", at: object.place(of: key))
  }

  fileprivate static func halfCredential(_ one: String, without other: String, _ object: Declared) -> Diagnostic {
    Diagnostic(.error, "missing_key", "`\(one)` is of no use without `\(other)`", at: object.place(of: one))
  }

  fileprivate static func twoCredentials(_ object: Declared) -> Diagnostic {
    Diagnostic(
      .error, "exclusive_keys", "`awscli_profile` and `access_key` exclude each other",
      at: object.place(of: "access_key"), label: "give one of them")
  }
}
