import ArgumentParser
import ControlPlane
import Documents
import Kinds
import Reconciliation
import Runtime

struct VerifyCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Reads all of the copies and says what is wrong with them.",
    discussion: """
      Every row of a destination is read once, and held against the policy: coverage, leaks of originals, the grammar of \
      masked values, rows, keys and sequences, what statistics and dead pages hold, sizes of groups; and the declared \
      checks are run. --snapshot does so with a stored snapshot, --source-sample with a few rows of the source that are \
      masked by the policy as it is declared now; both in a scratch database that is dropped afterwards. With \
      --against, a database that somebody else has made is held against the originals of a source.

      Each declared check runs alone in a read-only transaction with the target's search_path and a bounded statement_timeout. \
      A check that cannot be run has failed. Exit code 8 when one fails.

      A check about privacy that passes is asked on the source too, where it has to fail, or on rows that are planted in \
      temporary tables (`prove` of a check says where). One that passes there as well is vacuous: it proves nothing.

      With --sql, a script of queries is run in place of the declared checks, as psql would run it in a read-only \
      transaction: \\echo, \\set and :'variables' are understood. Each row of test_name, violations, status, or each \
      single count, is a check.
      """)

  @OptionGroup var options: GlobalOptions

  @OptionGroup var connecting: ConnectionOptions

  @OptionGroup var storing: StoreOptions

  @Argument(help: "Targets, by name or address; without one, all of them. With --against, the URL of a database.")
  var targets: [String] = []

  @Flag(help: "A check about privacy that was not shown able to fail counts as failed.")
  var strict = false

  @Option(help: ArgumentHelp("Run the queries of this script on the one target that is named.", valueName: "file"))
  var sql: String?
  @Option(
    help: ArgumentHelp(
      "A stored snapshot instead of the destination: 0 for the newest, an id, or its first characters.",
      valueName: "snapshot"))
  var snapshot: String?

  @Option(
    help: ArgumentHelp(
      "Mask so many rows of each table, and those that they refer to, and verify them.", valueName: "rows"))
  var sourceSample: Int?

  @Flag(
    help:
      "Break one rule of the policy after another on such a sample (of 200 rows, without --source-sample): verification has to notice each."
  )
  var mutate = false

  @Option(
    help: ArgumentHelp(
      "The source whose personal values must not be in the database of the URL: a target, or a URL.",
      valueName: "target or url"))
  var against: String?

  var output: OutputOptions { options.output }

  func validate() throws {
    let ways = [snapshot != nil, sourceSample != nil || mutate, against != nil, sql != nil].count { $0 }
    guard ways <= 1 else {
      throw ValidationError("Say one of --snapshot, --source-sample (or --mutate), --against and --sql.")
    }
    if sql != nil, targets.count != 1 { throw ValidationError("--sql runs a script on one target: name it.") }
    if sql != nil, strict {
      throw ValidationError("--strict asks declared checks whether they could fail; --sql runs none of them.")
    }
    if mutate, targets.isEmpty { throw ValidationError("Name the target: decant verify TARGET --mutate") }
    if snapshot != nil || sourceSample != nil, targets.isEmpty {
      throw ValidationError(
        "Name the target: decant verify TARGET --\(snapshot != nil ? "snapshot" : "source-sample") …")
    }
    if against != nil, targets.count != 1 {
      throw ValidationError("Name one database: decant verify postgresql://… --against TARGET")
    }
    guard (1...1_000_000).contains(sourceSample ?? 1) else {
      throw ValidationError("--source-sample takes a number of rows from 1 to 1000000.")
    }
  }

  /// Which database of a target is looked at.
  private var subject: VerificationOrder.Subject {
    if mutate { return .mutants(rows: sourceSample ?? 200) }
    return snapshot.map { .snapshot($0) } ?? sourceSample.map { .sample(rows: $0) } ?? .destination
  }

  func report() -> Report {
    if let sql { return report(running: sql) }
    var report = Report(command: "verify")
    do {
      let stage = try Stage(options)
      guard let declaration = stage.read(into: &report) else { return report }
      let chosen = against == nil ? try choose(from: declaration) : []
      let ports = stage.ports(
        connecting, at: SystemClock.now(),
        copies: stage.copies(
          try stage.openStore(declaration, storing, writing: false), declaration, connecting, leaseWait: 0))
      if let against {
        report.verifications = [
          try Target.verify(foreign: targets[0], against: against, in: declaration, through: ports)
        ]
        .compactMap { $0 }
        if stage.interrupt.isRaised { report.error = Self.interrupted }
        return report
      }
      let progress = Progress("verifying", total: chosen.count)
      let results = concurrently(chosen, limit: connecting.connections) { object -> Verification? in
        defer { progress.step(object.address.description) }
        var result =
          subject == .destination
          ? stage.catalogue[object.address.kind]?.verify(object, in: declaration, through: ports)
          : Target.verify(object, in: declaration, through: ports, subject)
        if strict { result?.isStrict = true }
        return result
      }
      progress.end()
      report.verifications = results.compactMap { $0 }
      report.error = unproved(chosen, results)
      if stage.interrupt.isRaised { report.error = Self.interrupted }
      report.findings = findings(about: chosen, in: declaration, stage.catalogue)
      let said = Set(report.findings.filter { $0.code == "no_checks" }.map(\.address))
      report.unchecked = zip(chosen, results).filter { $1 == nil && $0.address.kind == "target" }.map(\.0.address)
        .filter { !said.contains($0) }
    } catch {
      report.error = error.description
    }
    return report
  }

  static let interrupted = "interrupted; a check that did not end has not passed"

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
      if stage.interrupt.isRaised { report.error = Self.interrupted }
    } catch {
      report.error = error.description
    }
    return report
  }
}
