import Foundation
import TestServers
import Testing

/// A site with a third server, on which SQL runs that cannot be done where rows are read.
struct ScratchSite {
  let site: FaithfulSite
  /// The scratch server, and the role that works there.
  let server: PostgreSQLServer
  let role: String

  /// - Parameter far: the destination's server; the source's own where it is left out.
  init(_ script: String, far: PostgreSQLServer? = nil, on server: PostgreSQLServer) throws {
    site = try FaithfulSite(script, far: far)
    self.server = server
    role = server.uniqueName("scratch_role")
    try server.run(
      "CREATE ROLE \(role) LOGIN CREATEDB PASSWORD \(FaithfulSite.literal(FaithfulSite.password))", database: "postgres"
    )
  }

  func url(_ role: String? = nil, on server: PostgreSQLServer? = nil, port: Int? = nil) -> String {
    let server = server ?? self.server
    return
      "postgresql://\(role ?? self.role):${DEV_PASS}@localhost:\(port ?? server.port)/postgres?sslmode=verify-full&sslrootcert=\(server.authority)"
  }

  /// SQL that goes by way of the scratch server.
  func declare(_ sql: String, policy: String = "", scratch: String? = nil, target: String = "") throws {
    let name = policy.isEmpty ? "" : "policy: shop_pii, "
    try site.declare(
      policy, sanitize: "{\(name)query_file: mask.sql, dst_url: \"\(scratch ?? url())\"}", target: target)
    try site.workshop.write(sql, to: "mask.sql")
  }

  /// The databases of our role on the scratch server.
  func leftOver() throws -> [String] {
    try server.run("SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = '\(role)'", database: "postgres")
      .split(separator: "\n").map(String.init)
  }
}

extension Ended {
  /// All that was said, as one line.
  var flat: String { all.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
