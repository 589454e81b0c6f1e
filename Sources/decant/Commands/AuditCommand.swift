import ArgumentParser
import Reconciliation

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "The log of everything that was done, and what sources hold of people.",
    subcommands: [
      AuditLogCommand.self, AuditVerifyCommand.self, AuditPIICommand.self, AuditReportCommand.self,
    ])
}

struct AuditLogCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Shows the audit log.",
    discussion:
      "With --out all of it goes into a file, a line for each entry, whose chain scripts/check-proof follows without this program."
  )

  @OptionGroup var options: GlobalOptions
  @OptionGroup var storing: StoreOptions

  @Option(help: ArgumentHelp("Only the last entries.", valueName: "count"))
  var last: Int?

  @Option(help: ArgumentHelp("Write every entry to this file, a line of JSON each.", valueName: "file"))
  var out: String?

  var output: OutputOptions { options.output }

  func validate() throws {
    if let last, last < 1 { throw ValidationError("--last takes a number from 1.") }
  }

  func report() -> Report {
    AuditReading(options: options, storing: storing).report("audit log") { report, entries in
      report.audit = last.map { Array(entries.suffix($0)) } ?? entries
      guard let out else { return }
      do { try AuditLines.write(entries, to: out) } catch { report.error = "\(error)" }
    }
  }
}

struct AuditVerifyCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Proves that no entry of the audit log was changed, removed or put in.",
    discussion: "With --head, also that its end was not cut off. Exit code 1 when the log is broken.")

  @OptionGroup var options: GlobalOptions
  @OptionGroup var storing: StoreOptions

  @Option(help: ArgumentHelp("A head that was noted earlier: number and hash.", valueName: "number:hash"))
  var head: String?

  var output: OutputOptions { options.output }

  func validate() throws {
    if let head, AuditHead(text: head) == nil {
      throw ValidationError("--head takes a number and a hash, as in 42:9c41… (64 hexadecimal digits).")
    }
  }

  func report() -> Report {
    AuditReading(options: options, storing: storing).report("audit verify") { report, entries in
      report.auditVerdict = AuditChain.verify(entries, reaching: head.flatMap(AuditHead.init(text:)))
    }
  }
}

/// Reads the audit log of the declared workspace.
private struct AuditReading {
  let options: GlobalOptions
  let storing: StoreOptions

  func report(_ command: String, _ use: (inout Report, [AuditEntry]) -> Void) -> Report {
    var report = Report(command: command)
    do {
      let stage = try Stage(options)
      guard let declaration = stage.read(into: &report) else { return report }
      let store = try stage.openStore(declaration, storing, writing: false)
      report.controlPlane = store.title
      do { use(&report, try store.auditLog(of: declaration.settings.workspace)) } catch { throw error.failure }
    } catch {
      report.error = "\(error)"
    }
    return report
  }
}

extension AuditHead {
  /// Reads `42:9c41…`.
  init?(text: String) {
    guard let colon = text.firstIndex(of: ":"), let number = Int(text[..<colon]), number >= 0 else { return nil }
    let hash = text[text.index(after: colon)...]
    guard hash.utf8.count == 64 else { return nil }
    self.init(number: number, hash: String(hash))
  }
}
