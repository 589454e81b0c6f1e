public import Reconciliation

/// Where a bucket is, and how its objects are addressed.
public struct S3Place: Sendable, Hashable {
  /// `https://s3.eu-central-1.amazonaws.com`, without a path.
  public let endpoint: String
  public let bucket: String
  /// What every key begins with, without slashes around it; empty for none.
  public let prefix: String
  public let region: String
  /// `https://endpoint/bucket/key` and not `https://bucket.endpoint/key`.
  public let isPathStyle: Bool

  /// - Parameters:
  ///   - provider: as a storage profile has it: `s3`, `r2`, `minio`, `dospaces`.
  ///   - endpoint: in place of the provider's own; such servers are spoken to in path style.
  ///
  /// Throws `.failed` where there is no way to the server.
  public init(
    provider: String, bucket: String, prefix: String = "", region: String = "us-east-1", endpoint: String? = nil,
    accountID: String? = nil
  ) throws(ObjectStoreError) {
    let own: String? =
      switch provider {
      case "s3": "https://s3.\(region).amazonaws.com"
      case "dospaces": "https://\(region).digitaloceanspaces.com"
      case "r2": accountID.map { "https://\($0).r2.cloudflarestorage.com" }
      default: nil
      }
    guard var endpoint = endpoint ?? own else {
      throw ObjectStoreError(.failed, "open", "the bucket \(bucket)", "provider \(provider) needs an endpoint")
    }
    while endpoint.hasSuffix("/") { endpoint.removeLast() }
    guard Self.isOrigin(endpoint), Self.isBucket(bucket) else {
      throw ObjectStoreError(
        .failed, "open", "the bucket \(bucket)", "its endpoint has to be http(s)://host[:port], and its name a bucket's"
      )
    }
    self.endpoint = endpoint
    self.bucket = bucket
    self.prefix = prefix.split(separator: "/").joined(separator: "/")
    self.region = region
    // A dot in the name does not fit the certificate of *.s3.amazonaws.com.
    isPathStyle = own != endpoint || provider == "r2" || bucket.contains(".")
  }

  private static func isOrigin(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "https:" || parts[0] == "http:", parts[1].isEmpty else { return false }
    return !parts[2].isEmpty && parts[2].utf8.allSatisfy { $0 > 32 && $0 < 127 && !"@?#%\\".utf8.contains($0) }
  }

  /// "Bucket naming rules", Amazon S3 User Guide; capitals and underscores are those of older buckets.
  private static func isBucket(_ name: String) -> Bool {
    let isPlain = name.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "-._".utf8.contains(byte)
    }
    return isPlain && (3...255).contains(name.utf8.count) && !name.hasPrefix(".") && !name.contains("..")
  }

  /// `s3://bucket/prefix`
  public var title: String { "s3://\(bucket)" + (prefix.isEmpty ? "" : "/\(prefix)") }

  private var scheme: String { endpoint.hasPrefix("https:") ? "https" : "http" }

  /// As it goes into the `Host` header: HTTP leaves out a port that is the scheme's own.
  var host: String {
    let authority = String(endpoint.dropFirst(scheme.count + 3))
    let standard = scheme == "https" ? ":443" : ":80"
    let plain = authority.hasSuffix(standard) ? String(authority.dropLast(standard.count)) : authority
    return isPathStyle ? plain : "\(bucket).\(plain)"
  }

  var origin: String { "\(scheme)://\(host)" }

  /// Of an object, or of the bucket itself.
  func path(_ name: String?) -> String {
    let root = isPathStyle ? "/\(bucket)" : ""
    guard let name else { return root.isEmpty ? "/" : root }
    return "\(root)/\(key(name))"
  }

  /// The whole key of a name below the prefix.
  func key(_ name: String) -> String { prefix.isEmpty ? name : "\(prefix)/\(name)" }

  /// The name below the prefix; nothing for a key that is not there.
  func name(_ key: String) -> String? {
    if prefix.isEmpty { return key }
    return key.hasPrefix("\(prefix)/") ? String(key.dropFirst(prefix.count + 1)) : nil
  }
}
