// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in every target of ours; Swift 6 mode is the default of these tools.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// The queue's Lua scripts, which are part of the binary.
let queueScripts: [Resource] = [
  "common", "for_sale", "operator", "event", "calls", "loss", "people", "promise", "return", "join",
  "resume", "enter", "inside", "session", "leave", "pulse", "park", "settings", "find", "admit",
  "remove", "reset", "history", "secrets",
].map { .embedInCode("Scripts/\($0).lua") }

/// Those of the seats.
let seatScripts: [Resource] = [
  "seats", "delivery", "hold", "release", "confirm", "map", "furnish", "retire", "sweep", "stock",
  "take", "supply",
].map { .embedInCode("Scripts/\($0).lua") }

/// That of the relay.
let relayScripts: [Resource] = [.embedInCode("Scripts/lease.lua")]

/// `Tests/Fuzz` is a suite of tests, or, for `Tests/Fuzz/run`, libFuzzer's program of the same targets.
let isFuzzing = Context.environment["USHER_FUZZ"] != nil
let dictionaries = ["query", "body", "header", "replies"].map { "\($0).dict" }
let fuzzed: [Target.Dependency] = ["JSON", "Queue", "Redis", "HTTP", "Loop"]

let package = Package(
  name: "usher",
  products: [
    .executable(name: "usher", targets: ["usher"]),
    .executable(name: "usher-relay", targets: ["usher-relay"]),
  ],
  targets: [
    .systemLibrary(name: "CBuild"),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CMicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
    .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
    .systemLibrary(name: "CPostgres", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),

    .target(name: "Locking", swiftSettings: strict),
    .target(name: "Loop", dependencies: ["Locking", "CLinux"], swiftSettings: strict),
    .target(name: "Metrics", dependencies: ["Locking"], swiftSettings: strict),
    .target(name: "HTTP", dependencies: ["Loop", "CMicrohttpd"], swiftSettings: strict),
    .target(
      name: "Redis", dependencies: ["Loop", "Locking", "CHiredis", "COpenSSL"],
      swiftSettings: strict),
    .target(
      name: "Queue", dependencies: ["Redis", "Loop", "COpenSSL"], resources: queueScripts,
      swiftSettings: strict),
    .target(
      name: "Seats", dependencies: ["Queue", "Redis", "Loop"], resources: seatScripts,
      swiftSettings: strict),
    .target(name: "JSON", swiftSettings: strict),
    .target(name: "Logging", dependencies: ["JSON", "Loop"], swiftSettings: strict),
    .target(
      name: "Configuration", dependencies: ["Seats", "Queue", "Redis", "Logging", "Loop"],
      swiftSettings: strict),
    .target(
      name: "EmbeddedRedis", dependencies: ["Logging", "Loop", "CLinux"], swiftSettings: strict),
    .target(
      name: "Operations",
      dependencies: [
        "Seats", "Queue", "Redis", "HTTP", "Metrics", "Logging", "Loop", "Locking",
      ],
      swiftSettings: strict),
    .target(
      name: "API",
      dependencies: [
        "Seats", "Queue", "Redis", "HTTP", "Metrics", "Logging", "JSON", "Loop", "Locking",
      ],
      swiftSettings: strict),
    .target(
      name: "App",
      dependencies: [
        "API", "Operations", "EmbeddedRedis", "Configuration", "Seats", "Queue", "Redis", "HTTP",
        "Metrics", "Logging", "Loop", "CBuild",
      ],
      swiftSettings: strict),
    // Its main holds settings on their way: without Configuration here, it would not be compiled again
    // when their layout changes, and crash.
    .executableTarget(
      name: "usher", dependencies: ["App", "Configuration"], swiftSettings: strict),

    .target(
      name: "Relay",
      dependencies: [
        "Operations", "Configuration", "Seats", "Queue", "Redis", "HTTP", "Metrics", "Logging",
        "Loop", "Locking", "CPostgres", "CBuild",
      ], resources: relayScripts, swiftSettings: strict),
    .executableTarget(
      name: "usher-relay", dependencies: ["Relay", "Configuration"], swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["Locking", "CLinux"], path: "Tests/Support",
      swiftSettings: strict),
    .testTarget(
      name: "SupportTests", dependencies: ["TestSupport", "Locking"], swiftSettings: strict),
    .testTarget(name: "LoopTests", dependencies: ["Loop", "Locking"], swiftSettings: strict),
    .testTarget(
      name: "MetricsTests", dependencies: ["Metrics", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "HTTPTests", dependencies: ["HTTP", "Loop", "Locking", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "RedisTests", dependencies: ["Redis", "Loop", "COpenSSL", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "QueueTests", dependencies: ["Queue", "Redis", "Loop", "TestSupport"],
      exclude: ["Version01"], swiftSettings: strict),
    .testTarget(
      name: "SeatsTests", dependencies: ["Seats", "Queue", "Redis", "Loop", "TestSupport"],
      swiftSettings: strict),
    .executableTarget(
      name: "EmbeddedRedisHost", dependencies: ["EmbeddedRedis", "Logging", "Loop"],
      path: "Tests/EmbeddedRedisHost", swiftSettings: strict),
    .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strict),
    .testTarget(
      name: "LoggingTests", dependencies: ["Logging", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "ConfigurationTests",
      dependencies: ["Configuration", "Queue", "Redis", "Logging", "Loop"],
      swiftSettings: strict),
    .testTarget(
      name: "EmbeddedRedisTests",
      dependencies: ["EmbeddedRedis", "EmbeddedRedisHost", "Loop", "TestSupport", "CLinux"],
      swiftSettings: strict),
    .testTarget(
      name: "OperationsTests",
      dependencies: [
        "Operations", "Seats", "Queue", "Redis", "Metrics", "Logging", "Loop", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "APITests", dependencies: ["API", "HTTP", "Loop"], swiftSettings: strict),
    .testTarget(
      name: "AppTests", dependencies: ["App", "Configuration", "Loop"], swiftSettings: strict),
    .testTarget(
      name: "RelayTests",
      dependencies: [
        "Relay", "Configuration", "Seats", "Queue", "Redis", "Loop", "TestSupport", "usher-relay",
      ], exclude: ["Golden"], swiftSettings: strict),
    isFuzzing
      ? .executableTarget(
        name: "Fuzz", dependencies: fuzzed, path: "Tests/Fuzz",
        exclude: ["Corpus", "run", "ReplayTests.swift"] + dictionaries,
        swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])])
      : .testTarget(
        name: "FuzzTests", dependencies: fuzzed, path: "Tests/Fuzz",
        exclude: ["Corpus", "run", "LibFuzzer.swift"] + dictionaries, swiftSettings: strict),
    .testTarget(
      name: "Acceptance",
      dependencies: ["TestSupport", "HTTP", "Locking", "Queue", "Seats", "usher"],
      path: "Tests/Acceptance", exclude: ["Golden"], swiftSettings: strict),
    .testTarget(
      name: "Incidents", dependencies: ["TestSupport", "HTTP", "Locking", "Loop", "usher"],
      path: "Tests/Incidents", swiftSettings: strict),
  ]
)

// The checks that no variable is changed while it is being read cost a tenth of a request's
// instructions. What the compiler can prove it still refuses, and the tests, which are debug builds,
// make all of the checks.
for target in package.targets where target.type != .system {
  target.swiftSettings?.append(
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)))
}
