import Reconciliation
import Snapshots

extension Stage {
  /// Seats what makes copies.
  func copies(_ store: any SnapshotCatalogue, _ settings: Settings) -> any Copies { NoCopies() }
}
