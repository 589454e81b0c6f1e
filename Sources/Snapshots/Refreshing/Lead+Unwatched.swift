import Masking
import Verification

extension Lead {
  /// What the leak check does not know of SQL that runs when the rows are there, a sentence each.
  var unwatchedNotes: [String] {
    var notes: [String] = []
    if !unwatched.isEmpty {
      notes.append(
        "the leak check does not know the originals of \(unwatched.map(\.short).joined(separator: ", ")): a statement that is not lifted changes some of them, or a part of each"
      )
    }
    if plan.unlifted.changesUnknown {
      notes.append(
        "what the statements that are not lifted change is not known in full, so that the leak check does not look for all that they hide"
      )
    }
    return notes
  }
}
