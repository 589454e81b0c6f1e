import Documents
public import Reconciliation

/// A database and how it is reached, under a name that targets can use.
public enum Environment: Kind {
  public static let schema = Schema(
    "environment", in: "environments", "A database and how it is reached, under a name that targets can use.",
    [
      .text("host", .required, summary: "The server's name or address, or the folder of its socket."),
      .integer("port", 1...65_535, .fallback(5432), summary: "The server's port."),
      .text("database", .required, summary: "The database's name."),
      .text("user", .required, summary: "The role to log in as."),
      .secret("password", summary: "Where the password comes from: `${NAME}` or `{file: PATH}`."),
      .choice(
        "ssl_mode", ConnectionURL.sslModes, .alias("sslmode"),
        summary: "libpq's sslmode. Only `verify-ca` and `verify-full` prove who answers."),
      .path("ssl_cert", summary: "The client's certificate."),
      .path("ssl_key", summary: "The key of the client's certificate."),
      .path("ssl_root_cert", summary: "The certificates of the authorities that may have signed the server's."),
      .boolean("readonly", .fallback(false), summary: "Never written to: it cannot be the destination of a target."),
      .integer("pool_size", 1...1_000, summary: "At most so many connections at once to this environment."),
      .integer("max_overflow", 0...1_000, .fallback(0), summary: "So many more than `pool_size`."),
      .integer("connect_timeout", 1...3_600, summary: "Seconds to wait for a connection."),
      .integer("statement_timeout", 1...604_800, summary: "Seconds that one statement may take."),
    ])
}
