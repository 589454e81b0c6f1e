import Reconciliation

/// The files that a report is written into besides what standard output shows: one observation, several renderings.
struct Artefacts {
  private let files: [(form: ReportForm, path: String)]

  /// Makes and empties the files before the work is begun: what cannot be written is known before anything is changed,
  /// and a report of an earlier run is never taken for this one's.
  init(_ output: OutputOptions) throws(Failure) {
    let folder = DiskFiles.currentFolder
    // The command may go to another folder (`--chdir`); the names were written in this one.
    files = output.artefacts.filter { $0.path != "-" }.map { form, path in
      (form, path.hasPrefix("/") ? path : "\(folder)/\(path)")
    }
    for file in files { try DiskFiles.write("", to: file.path) }
  }

  /// What cannot be written becomes the error of the report, which the others then show.
  func write(_ report: inout Report) {
    for file in files {
      do { try DiskFiles.write(file.form.text(of: report), to: file.path) } catch {
        report.error = report.error.map { "\($0); \(error)" } ?? error.description
      }
    }
  }
}
