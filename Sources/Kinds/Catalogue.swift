public import Reconciliation

extension Catalogue {
  /// Every kind of Decant, one line each, in the order in which plans show them.
  public static let decant = Catalogue([
    StorageProfile.self,
    SSOGroup.self,
    Environment.self,
    Sanitization.self,
    Target.self,
  ])
}
