import ArgumentParser
import ControlPlane
import Documents
import Kinds
import Reconciliation
import Verification

struct AuditReportCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Says who may have what, how it is masked, and what was proved.",
    discussion: """
      Of what was applied, from the control plane; no database is asked. Exit code 9 when a shared target is not masked, \
      a group or waiver has expired, or a connection asks for less of TLS than --require-tls; 8 when the newest copy of a \
      target did not pass its checks; 1 when the audit log is broken.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var storing: StoreOptions

  @Option(
    help: ArgumentHelp(
      "The sslmode that every connection has to ask for at least; a stricter one is fine.", valueName: "mode"))
  var requireTls: String?

  var output: OutputOptions { options.output }

  func validate() throws {
    if let requireTls, !ConnectionURL.sslModes.contains(requireTls) {
      throw ValidationError("--require-tls takes one of \(ConnectionURL.sslModes.joined(separator: ", ")).")
    }
  }

  func report() -> Report {
    var report = Report(command: "audit report")
    do throws(Failure) {
      let stage = try Stage(options)
      guard let declaration = stage.read(into: &report) else { return report }
      let store = try stage.openStore(declaration, storing, writing: false)
      report.controlPlane = store.title
      let workspace = declaration.settings.workspace
      let moment = SystemClock.now()
      do {
        report.auditVerdict = AuditChain.verify(try store.auditLog(of: workspace), reaching: nil)
        report.compliance = ComplianceReport(
          of: try store.records(in: workspace), try store.snapshots(of: nil, in: workspace), at: moment,
          requiring: requireTls, proof: Self.proof)
      } catch { throw error.failure }
      report.findings = declaration.findings(in: stage.catalogue, on: moment.date, about: nil)
    } catch {
      report.error = error.description
    }
    return report
  }

  /// The file that a refresh leaves. Whose signature counts is for `decant proof check` to say.
  private static func proof(of target: String, _ snapshot: String) -> ComplianceReport.Proof? {
    let path = ".decant/proofs/\(target)-\(snapshot).json"
    guard DiskFiles.exists(path) else { return nil }
    do {
      let reading = try SealedProof.read(try DiskFiles.contents(of: path))
      let vacuous = reading.proof["checks", "proofs"]?["vacuous"]?.list?.compactMap(\.string) ?? []
      return ComplianceReport.Proof(
        path: path, signer: reading.signer?.id, hasPassed: reading.hasPassed, vacuous: vacuous)
    } catch {
      return ComplianceReport.Proof(path: path, defect: "\(error)")
    }
  }
}
