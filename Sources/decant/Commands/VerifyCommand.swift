import ArgumentParser
import ControlPlane
import Documents
import Kinds
import Reconciliation
import Runtime

struct VerifyCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Runs the declared checks on the destinations.",
    discussion: """
      Each check runs alone in a read-only transaction with the target's search_path and a bounded statement_timeout. \
      A check that cannot be run has failed. Exit code 8 when one fails.

      A check about privacy that passes is asked on the source too, where it has to fail, or on rows that are planted in \
      temporary tables (`prove` of a check says where). One that passes there as well is vacuous: it proves nothing.

      With --sql, a script of queries is run in place of the declared checks, as psql would run it in a read-only \
      transaction: \\echo, \\set and :'variables' are understood. Each row of test_name, violations, status, or each \
      single count, is a check.
      """)

  @OptionGroup var options: GlobalOptions

  @OptionGroup var connecting: ConnectionOptions

  @Argument(help: "Targets, by name or address; without one, all of them.")
  var targets: [String] = []

  @Flag(help: "A check about privacy that was not shown able to fail counts as failed.")
  var strict = false

  @Option(help: ArgumentHelp("Run the queries of this script on the one target that is named.", valueName: "file"))
  var sql: String?

  var output: OutputOptions { options.output }

  func validate() throws {
    if sql != nil, targets.count != 1 { throw ValidationError("--sql runs a script on one target: name it.") }
    if sql != nil, strict {
      throw ValidationError("--strict asks declared checks whether they could fail; --sql runs none of them.")
    }
  }

  func report() -> Report {
    if let sql { return report(running: sql) }
    var report = Report(command: "verify")
    do {
      let stage = try Stage(options)
      guard let declaration = stage.read(into: &report) else { return report }
      let chosen = try choose(from: declaration)
      let ports = stage.ports(connecting, at: SystemClock.now())
      let progress = Progress("verifying", total: chosen.count)
      let results = concurrently(chosen, limit: connecting.connections) { object -> Verification? in
        defer { progress.step(object.address.description) }
        var result = stage.catalogue[object.address.kind]?.verify(object, in: declaration, through: ports)
        if strict { result?.isStrict = true }
        return result
      }
      progress.end()
      report.verifications = results.compactMap { $0 }
      report.error = unproved(chosen, results)
      if stage.interrupt.isRaised { report.error = "interrupted; a check that did not end has not passed" }
      report.findings = findings(about: chosen, in: declaration, stage.catalogue)
      let said = Set(report.findings.filter { $0.code == "no_checks" }.map(\.address))
      report.unchecked = zip(chosen, results).filter { $1 == nil && $0.address.kind == "target" }.map(\.0.address)
        .filter { !said.contains($0) }
    } catch {
      report.error = error.description
    }
    return report
  }

  /// Who names a target asks for a proof, and gets none where nothing is checked on it.
  private func unproved(_ chosen: [Declared], _ results: [Verification?]) -> String? {
    guard !targets.isEmpty else { return nil }
    let names = zip(chosen, results).filter { $1 == nil }.map(\.0.address.description)
    guard !names.isEmpty else { return nil }
    return Failure(
      "verify", names.joined(separator: ", "), cause: "no checks are declared for \(names.count == 1 ? "it" : "them")",
      hint: "declare some under `sanitize.checks`, or name a policy that has some: `sanitize.policy`"
    ).description
  }

  /// What says how much the checks are worth, of the chosen targets and of the policies whose checks they run.
  private func findings(about chosen: [Declared], in declaration: Declaration, _ catalogue: Catalogue) -> [Finding] {
    let policies = chosen.flatMap(\.references).map(\.to).filter { $0.kind == "sanitization" }
    let addresses = Set(chosen.map(\.address) + policies)
    return declaration.findings(in: catalogue, on: SystemClock.now().date, about: addresses)
      .filter { ["no_checks", "backslash_b"].contains($0.code) }
  }

  private func choose(from declaration: Declaration) throws(Failure) -> [Declared] {
    if targets.isEmpty { return declaration.objects }
    var chosen: [Declared] = []
    for name in targets {
      let address = Address(name).flatMap { declaration[$0] == nil ? nil : $0 } ?? Address("target", name)
      guard let object = declaration[address] else {
        let names = declaration.names(of: "target").joined(separator: ", ")
        throw Failure("verify", name, cause: "it is not declared", hint: "declared targets: \(names)")
      }
      guard object.address.kind == "target" else {
        throw Failure("verify", name, cause: "checks run on targets; a policy's run with the targets that name it")
      }
      chosen.append(object)
    }
    return chosen
  }
}

/// A script in place of the declared checks.
extension VerifyCommand {
  private func report(running path: String) -> Report {
    var report = Report(command: "verify")
    do throws(Failure) {
      // Before the command goes to another folder: the name was written in this one.
      let source = Source(name: path, bytes: try DiskFiles.contents(of: path))
      let stage = try Stage(options)
      guard let declaration = stage.read(into: &report) else { return report }
      let (script, diagnostics) = CheckScript.read(source)
      report.diagnostics += diagnostics
      guard !diagnostics.contains(where: { $0.severity == .error }) else { return report }
      let ports = stage.ports(connecting, at: SystemClock.now())
      report.verifications = try choose(from: declaration).map { object in
        Target.verify(object, by: script, in: declaration, through: ports)
      }
      if stage.interrupt.isRaised { report.error = "interrupted; a check that did not end has not passed" }
    } catch {
      report.error = error.description
    }
    return report
  }
}
