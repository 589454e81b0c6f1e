// swift-tools-version: 6.1
import PackageDescription

/// The data path alone, for `Benchmarks/copy`: a package of its own, so that nobody who builds Decant builds this.
let package = Package(
  name: "CopyBench",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "decant", path: "../..")],
  targets: [
    .executableTarget(
      name: "copy-bench",
      dependencies: [.product(name: "Copying", package: "decant")],
      swiftSettings: [.swiftLanguageMode(.v6)])
  ]
)
