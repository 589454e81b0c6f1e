import ArgumentParser
import Reconciliation
import Runtime

struct ApplyCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Makes it so.",
    discussion: """
      Plans, and carries the plan out: on a terminal after a question, with --digest only if the plan is the one that \
      was reviewed, with --auto-approve whatever the plan is. What was done, and what was not, is counted at the end, \
      also after a failure. Killed, it is continued by running it again. With the file of a saved plan, that plan is \
      applied, once, as long as nothing that it touches has moved; the declaration is not read.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var observing: ObserveOptions
  @OptionGroup var storing: StoreOptions
  @OptionGroup var selecting: SelectionOptions
  @OptionGroup var signing: SignatureOptions

  @Argument(help: ArgumentHelp("A plan that `plan --out` saved.", valueName: "plan-file"))
  var planFile: String?

  @Option(
    help: ArgumentHelp(
      "Apply only the plan (or the plan file) with this digest, as `plan` printed it.", valueName: "sha256:…"))
  var digest: String?

  @Flag(help: "Apply without a question.")
  var autoApprove = false

  @OptionGroup var consenting: ConsentOptions
  @OptionGroup var leasing: LeaseOptions

  var output: OutputOptions { options.output }

  func validate() throws {
    if let digest, !digest.isDigest {
      throw ValidationError("--digest takes sha256: and 64 hexadecimal digits, as `decant plan` prints them.")
    }
    try validateForFile()
  }

  /// What was decided when the plan was made is not decided again.
  private func validateForFile() throws {
    let isPlanned =
      options.file != nil || !selecting.selection.isEverything || consenting.allowDeletes != 0 || observing.isOff
      || autoApprove
    if planFile == nil, signing.isRequired {
      throw ValidationError("--require-signature and --trusted-key are about plan files; name one.")
    }
    if planFile != nil, isPlanned {
      throw ValidationError(
        "A saved plan is applied as it is: --file, --only, --except, --allow-deletes, --no-observe and --auto-approve say how to plan."
      )
    }
  }

  func report() -> Report {
    var report = Report(command: "apply")
    if let planFile {
      let saved = SavedPlanApply(
        path: planFile, digest: digest, signing: signing, options: options, storing: storing,
        connecting: observing.connecting, leaseWait: leasing.wait)
      saved.run(into: &report)
      return report
    }
    if consent.isImpossible {
      report.error =
        "without a terminal nobody can be asked. Apply what was reviewed with --digest sha256:…, or whatever is planned with --auto-approve"
      return report
    }
    do {
      let stage = try Stage(options)
      let planner = Planner(
        stage: stage, observing: observing, storing: storing, allowDeletes: consenting.allowDeletes,
        selecting: selecting.selection)
      try consent.carryOut(by: planner, storing, leaseWait: leasing.wait, &report)
    } catch {
      report.error = error.description
    }
    return report
  }

  private var consent: Consent { Consent(command: "apply", digest: digest, autoApprove: autoApprove, output: output) }
}

extension String {
  /// `sha256:` and 64 lower-case hexadecimal digits.
  fileprivate var isDigest: Bool {
    hasPrefix("sha256:") && utf8.count == 71
      && utf8.dropFirst(7).allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }
}
