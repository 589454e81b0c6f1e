// swift-tools-version: 6.1
import PackageDescription

/// Every target is Swift 6 with explicit imports: a file sees only what it names, and says `public import` where it passes a name on.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
  name: "decant",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "decant", targets: ["decant"]),
    // The data path alone, for Benchmarks/CopyBench.
    .library(name: "Copying", targets: ["Snapshots", "Masking", "PostgreSQL", "Documents", "Runtime"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
    .systemLibrary(name: "CJSONC", pkgConfig: "json-c", providers: [.apt(["libjson-c-dev"]), .brew(["json-c"])]),
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
    .systemLibrary(
      name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    // Debian's libpg_query has no pkg-config file; header and library stand where the compiler looks by itself.
    .systemLibrary(name: "CPgQuery", providers: [.apt(["libpg-query-dev"]), .brew(["libpg_query"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite3"])]),

    .systemLibrary(
      name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),

    // Headers alone: two calls of glibc that Swift's module of it leaves out, and an instruction that Swift has no word for.
    .systemLibrary(name: "CProcess"),
    .systemLibrary(name: "CPrefetch"),

    .target(name: "Runtime", swiftSettings: strict),
    .target(name: "Documents", dependencies: ["CLibYAML", "CJSONC", "CLibCrypto"], swiftSettings: strict),
    .target(name: "PostgreSQL", dependencies: ["CLibPQ", "Runtime"], swiftSettings: strict),
    .target(name: "Reconciliation", dependencies: ["Documents", "Runtime"], swiftSettings: strict),
    .target(name: "SQL", dependencies: ["CPgQuery", "Documents"], swiftSettings: strict),
    .target(name: "HTTP", dependencies: ["CLibCurl", "CLibCrypto", "Documents", "Runtime"], swiftSettings: strict),
    .target(
      name: "Masking", dependencies: ["CPrefetch", "CLibCrypto", "SQL", "Documents", "Runtime"], swiftSettings: strict),
    .target(
      name: "Verification",
      dependencies: ["CPrefetch", "Masking", "PostgreSQL", "CLibCrypto", "SQL", "Documents", "Runtime"],
      swiftSettings: strict),
    .target(
      name: "Snapshots",
      dependencies: [
        "CProcess", "Verification", "Masking", "PostgreSQL", "Reconciliation", "SQL", "Documents", "Runtime",
      ],
      swiftSettings: strict),
    .target(name: "Kinds", dependencies: ["Reconciliation", "SQL", "Documents", "Runtime"], swiftSettings: strict),
    .target(
      name: "ControlPlane", dependencies: ["Reconciliation", "PostgreSQL", "Documents", "Runtime", "CSQLite"],
      swiftSettings: strict),
    .target(
      name: "Backends", dependencies: ["Reconciliation", "PostgreSQL", "HTTP", "Documents", "Runtime"],
      swiftSettings: strict),
    .executableTarget(
      name: "decant",
      dependencies: [
        "Backends", "ControlPlane", "Kinds", "Snapshots", "Verification", "Reconciliation", "Documents", "Runtime",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .testTarget(name: "DocumentsTests", dependencies: ["Documents", "Seeded"], swiftSettings: strict),
    .testTarget(name: "SQLTests", dependencies: ["SQL", "Documents"], swiftSettings: strict),
    .testTarget(
      name: "ControlPlaneTests",
      dependencies: [
        "ControlPlane", "Reconciliation", "PostgreSQL", "Documents", "Runtime", "CSQLite", "TestServers",
      ], swiftSettings: strict),
    .target(name: "Seeded", path: "Tests/Seeded", swiftSettings: strict),
    .target(
      name: "TestServers", dependencies: ["CProcess", "Runtime"], path: "Tests/TestServers", swiftSettings: strict),
    .testTarget(
      name: "PostgreSQLTests", dependencies: ["PostgreSQL", "Runtime", "TestServers"], swiftSettings: strict),
    .testTarget(
      name: "BackendsTests",
      dependencies: [
        "Backends", "Documents", "HTTP", "Kinds", "PostgreSQL", "Reconciliation", "Runtime", "TestServers",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "MaskingTests", dependencies: ["Masking", "SQL", "Seeded", "Documents", "Runtime"], swiftSettings: strict),
    .testTarget(
      name: "HTTPTests", dependencies: ["HTTP", "Documents", "Runtime", "TestServers"], swiftSettings: strict),
    .testTarget(
      name: "VerificationTests",
      dependencies: ["Verification", "Masking", "PostgreSQL", "Seeded", "TestServers", "Documents", "Runtime"],
      swiftSettings: strict),
    .testTarget(
      name: "SnapshotsTests",
      dependencies: [
        "Snapshots", "Verification", "Masking", "PostgreSQL", "Reconciliation", "Documents", "Runtime", "Seeded",
        "TestServers", "ControlPlane",
      ], swiftSettings: strict),
    .testTarget(name: "RuntimeTests", dependencies: ["Runtime"], swiftSettings: strict),
    .testTarget(
      name: "ApplyingTests",
      dependencies: ["ControlPlane", "Kinds", "Reconciliation", "Documents", "Runtime", "CSQLite"],
      swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "decant", "Snapshots", "ControlPlane", "Backends", "HTTP", "Reconciliation", "Documents", "Runtime",
        "TestServers",
      ], swiftSettings: strict),
    .testTarget(name: "ScenarioTests", dependencies: ["decant", "Documents", "TestServers"], swiftSettings: strict),
    .testTarget(
      name: "ReconciliationTests", dependencies: ["Seeded", "Reconciliation", "Documents", "Runtime"],
      swiftSettings: strict),
    .testTarget(
      name: "PlanFileTests",
      dependencies: ["Seeded", "decant", "ControlPlane", "Kinds", "Reconciliation", "Documents", "Runtime"],
      swiftSettings: strict),
    .testTarget(
      name: "RenderingTests",
      dependencies: ["Seeded", "decant", "Kinds", "Reconciliation", "Documents", "TestServers"],
      swiftSettings: strict),
    .testTarget(
      name: "KindsTests", dependencies: ["Seeded", "Kinds", "Reconciliation", "Documents", "Runtime"],
      swiftSettings: strict),
  ]
)
