import Documents
import Reconciliation

/// What a connection asks of TLS, by libpq's words (manual, 34.19.1). They are in order: each asks for more than the one
/// before it.
enum TLSMode {
  /// Nothing for a local socket, and where a variable decides.
  static func mode(ofURL text: String) -> String? {
    guard let url = try? ConnectionURL(text), url.whole == nil else { return nil }
    let hosts = url.hosts.map(\.name) + url.parameters.filter { $0.keyword == "host" }.map(\.value)
    let isSocket = hosts.allSatisfy { $0.isEmpty || $0.literal?.hasPrefix("/") == true }
    guard !isSocket else { return nil }
    let root = url.parameters.first { $0.keyword == "sslrootcert" }?.value.literal
    guard let mode = url.parameters.first(where: { $0.keyword == "sslmode" })?.value else {
      // With the system's authorities libpq insists on verify-full by itself (manual, "sslrootcert").
      return root == "system" ? "verify-full" : "prefer"
    }
    return mode.literal
  }

  /// - Parameter spec: of an environment.
  static func mode(ofEnvironment spec: Value) -> String? {
    if spec["host"]?.string?.hasPrefix("/") == true { return nil }
    if spec["ssl_mode"] == nil, spec["ssl_root_cert"] == "system" { return "verify-full" }
    return spec["ssl_mode"]?.string ?? "prefer"
  }

  /// Whether it asks for less than another one; what is stricter than asked is fine.
  static func isWeaker(_ mode: String, than asked: String) -> Bool {
    let order = ConnectionURL.sslModes
    return (order.firstIndex(of: mode) ?? 0) < (order.firstIndex(of: asked) ?? order.count)
  }
}
