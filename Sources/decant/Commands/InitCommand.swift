import ArgumentParser
import Reconciliation

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Writes a first declaration to change.",
    discussion: "Writes decant.yaml, and .decant/ into .gitignore. Replaces nothing.")

  @OptionGroup var place: PlaceOptions

  func run() throws {
    let root = place.folder ?? "."
    do {
      let path = "\(root)/decant.yaml"
      guard !DiskFiles.exists(path) else {
        throw Failure(
          "write", path, cause: "it exists already, and nothing is replaced",
          hint: "go on with it: decant validate, decant plan; or begin in another folder: decant init --chdir FOLDER")
      }
      try DiskFiles.write(Self.starter, to: path, isNew: true)
      try ignoreControlPlane(in: root)
    } catch {
      Console.write("error: \(error)\n", toError: true)
      Console.exit(.error)
    }
    Console.write("Wrote decant.yaml. Change it, then: decant validate, decant plan, decant apply\n")
  }

  private func ignoreControlPlane(in root: String) throws(Failure) {
    let path = "\(root)/.gitignore"
    let old = DiskFiles.exists(path) ? String(decoding: try DiskFiles.contents(of: path), as: UTF8.self) : ""
    if old.split(separator: "\n").contains(".decant/") { return }
    let separator = old.isEmpty || old.hasSuffix("\n") ? "" : "\n"
    try DiskFiles.write("\(old)\(separator).decant/\n", to: path)
  }

  static let starter = """
    # What may be copied, how it is masked, where copies are kept, and who may load them.
    # Every key: docs/reference/configuration.md
    decant:
      workspace: shop                    # the owner of what is declared here
      masking: {key: "${DECANT_MASKING_KEY}"}   # openssl rand -hex 32; keep it as a secret, never in a file of a repository

    storage_profiles:
      laptop_raw: {provider: local, path: ./snapshots/raw}
      laptop: {provider: local, path: ./snapshots/sanitized}

    sso_groups:
      developers: {description: Everybody who writes code}

    sanitizations:
      shop_pii:
        tables:
          users:
            columns:
              email: {strategy: email, domain: anon.local}
              phone: {strategy: phone}
              nickname: {keep: "chosen in public"}
        checks:
          - {name: no foreign mail domain, query: "SELECT count(*) FROM users WHERE email NOT LIKE '%@anon.local'", expect: 0}

    targets:
      prod_users:
        snapshot:
          # The passwords are read from the environment when a connection is opened, and are never stored.
          src_url: "postgresql://decant_ro:${PROD_DB_PASS}@prod.example.com:5432/shop?sslmode=verify-full"
          dst_url: "postgresql://decant_dev:${DEV_DB_PASS}@dev.example.com:5432/shop_dev?sslmode=verify-full"
        storage_profile: laptop_raw
        sanitize: {storage_profile: laptop, policy: shop_pii}
        refresh: {max_age: 24h}          # an older copy is made anew by the next apply
        sso_groups: [developers]

    """
}
