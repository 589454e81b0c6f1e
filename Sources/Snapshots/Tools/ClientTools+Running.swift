import PostgreSQL
public import Runtime

/// How long a program may take, and what ends it early.
public struct ToolPatience: Sendable {
  public var limit: TimeLimit
  public var interrupt: Interrupt?

  public init(_ limit: TimeLimit, interrupt: Interrupt? = nil) { (self.limit, self.interrupt) = (limit, interrupt) }
}

extension ClientTools {
  enum Program: String {
    case dump = "pg_dump"
    case restore = "pg_restore"
  }

  /// Runs one of the programs against a database.
  ///
  /// The password goes in a memory file that only the child has open; neither its arguments nor its environment hold a
  /// secret.
  ///
  /// - Parameters:
  ///   - files: open in the child from descriptor 4 on; `HandedFile.path(inChildAs:)` names them.
  func run(
    _ program: Program, _ arguments: [String], on database: ConnectionParameters, files: [HandedFile] = [],
    _ patience: ToolPatience
  ) throws(ToolFailure) -> [UInt8] {
    guard !database.hasKeyPassword else {
      throw ToolFailure(
        .unfit, program: program.rawValue,
        "it cannot be given sslpassword without showing it to others; use a client key without a password")
    }
    let password = try Self.passwordFile(database.password, for: program)
    let connection = database.programConnectionString(passwordFile: password.path(inChildAs: 3))
    return try run(
      program, ["--no-password", "--verbose", "--dbname=\(connection)"] + arguments, files: [password] + files, patience
    )
  }

  /// Runs one of the programs without a database.
  func run(
    _ program: Program, _ arguments: [String], files: [HandedFile], _ patience: ToolPatience
  ) throws(ToolFailure) -> [UInt8] {
    try ProgramRun(
      program: "\(folder)/\(program.rawValue)", arguments: arguments, environment: Self.environment(folder),
      files: files,
      limit: patience.limit, interrupt: patience.interrupt
    ).output()
  }

  /// In the form of libpq's password file (manual, section "The Password File"), for every host and database.
  private static func passwordFile(_ password: Secret?, for program: Program) throws(ToolFailure) -> HandedFile {
    guard let password else { return try HandedFile("pgpass") }
    return try password.withValue { (value) throws(ToolFailure) in
      guard !value.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" }) else {
        throw ToolFailure(
          .unfit, program: program.rawValue, "the password has a line end, which libpq's password file cannot hold")
      }
      let escaped = value.replacing("\\", with: "\\\\").replacing(":", with: "\\:")
      return try HandedFile("pgpass", holding: "*:*:*:*:\(escaped)\n")
    }
  }
}
