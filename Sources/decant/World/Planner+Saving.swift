import ControlPlane
import Documents
import Reconciliation

extension Planner {
  /// Writes the report's plan into a file, and says in the report what binds it.
  func save(_ declaration: Declaration, to path: String, isSigned: Bool, into report: inout Report) throws(Failure) {
    guard let plan = report.plan else { return }
    let file = PlanFile(
      id: MemoryStore.newIdentity(), plan: plan,
      controlPlane: PlanFile.ControlPlane(
        url: try speakable(declaration.settings), identity: try identity(of: declaration)),
      plannedBy: Environment.actor,
      allowedDeletes: allowDeletes, copying: try PlanFile.Copying(of: plan, in: declaration))
    let key = isSigned ? try stage.signingKey(declaration.settings) : nil
    var bytes = try file.written()
    if let key {
      do { bytes = try PlanFile.signed(bytes, by: key) } catch {
        throw Failure("sign", "the plan", cause: error.description)
      }
    }
    try PlanStorage.write(bytes, to: path)
    let digest: String
    do { digest = try PlanFile.read(bytes).digest } catch { throw Failure("save", path, cause: error.description) }
    report.saved = SavedPlan(path: path, digest: digest, signer: key?.publicKey.id)
  }

  private func identity(of declaration: Declaration) throws(Failure) -> String? {
    let store = try stage.openStore(declaration, storing, writing: false)
    do { return try store.identity() } catch { throw error.failure }
  }

  /// The URL goes into the file as it is declared; one with a password in clear would not lead anywhere without it.
  private func speakable(_ settings: Settings) throws(Failure) -> String {
    let url = settings.controlPlane
    let isClear = !url.hasPrefix("sqlite:") && (try? ConnectionURL(url))?.holdsLiteralPassword == true
    guard isClear || settings.literals["decant.control_plane.url"] != nil else { return url }
    throw Failure(
      "save", "the plan", cause: "the URL of the control plane holds a password in clear",
      hint: "put it into a variable: ${NAME}")
  }
}
