// swift-tools-version: 6.1

import PackageDescription

let package = Package(
    name: "squareoff",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "squareoff", targets: ["squareoff"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.0.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.1.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
    ],
    targets: [
        // Floor 0: values and C libraries. `Trading` imports nothing at all.
        .target(name: "Trading", swiftSettings: settings + transparent),
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),

        // Floor 1: the seven decisions, and the owners of the C handles.
        .target(
            name: "Stages", dependencies: ["Trading"], swiftSettings: settings + transparent
        ),
        .target(name: "Secrets", swiftSettings: settings + transparent),
        .target(
            name: "Redis", dependencies: ["CHiredis", "COpenSSL", "Secrets"],
            swiftSettings: settings + transparent
        ),

        .target(name: "HTTP", dependencies: ["CCurl", "COpenSSL"], swiftSettings: settings),

        .target(name: "Proxy", dependencies: ["Redis"], swiftSettings: settings),

        // Floor 2: the bus, the brokers, the settings.
        .target(
            name: "StreamsSchema",
            path: "streams-schema",
            exclude: ["README.md", "streams", "hashes"],
            sources: ["Functions.swift"],
            resources: [.embedInCode("functions")],
            swiftSettings: settings
        ),
        .target(
            name: "MessageBus", dependencies: ["Trading", "Redis", "StreamsSchema"],
            swiftSettings: settings + transparent
        ),
        .target(
            name: "Brokers", dependencies: ["Trading", "HTTP", "Secrets"] + sockets,
            swiftSettings: settings
        ),
        .target(
            name: "Settings",
            dependencies: [
                "Trading", "Stages", "Yams",
                .product(name: "Configuration", package: "swift-configuration"),
            ],
            swiftSettings: settings
        ),

        // Floor 3: load state, call the decision, commit.
        .target(
            name: "Workers",
            dependencies: [
                "Trading", "Stages", "MessageBus", "Brokers", "Settings", "CZlib",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),

        // Between the floors: the pipeline under faults, in one thread and in memory.
        .target(
            name: "Simulation",
            dependencies: [
                "Trading", "Stages", "MessageBus", "Brokers", "Settings", "Workers",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),

        // Floor 4: a broker to test against, and the command line.
        .target(
            name: "DhanSimulator", dependencies: ["Trading"] + sockets, swiftSettings: settings
        ),
        .executableTarget(
            name: "squareoff",
            dependencies: [
                "Trading", "Stages", "Secrets", "HTTP", "Redis", "Proxy", "MessageBus", "Brokers",
                "Settings", "Workers", "Simulation", "DhanSimulator",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),

        .target(
            name: "Support",
            dependencies: [
                "Trading", "Stages", "Redis", "Proxy", "MessageBus",
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/Support",
            swiftSettings: settings
        ),
        .testTarget(
            name: "TradingTests", dependencies: ["Trading", "Support"], swiftSettings: settings
        ),
        .testTarget(
            name: "StagesTests", dependencies: ["Trading", "Stages", "Support"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RedisTests", dependencies: ["Redis", "Proxy", "Secrets", "Support"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "HTTPTests", dependencies: ["HTTP", "Support"] + sockets, swiftSettings: settings
        ),
        .testTarget(
            name: "MessageBusTests",
            dependencies: ["Trading", "Redis", "Proxy", "MessageBus", "Support"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "BrokersTests",
            dependencies: [
                "Trading", "HTTP", "Secrets", "Brokers", "DhanSimulator", "Support",
            ] + sockets,
            swiftSettings: settings
        ),
        .testTarget(
            name: "DhanSimulatorTests",
            dependencies: ["Trading", "DhanSimulator", "Support"] + sockets,
            exclude: ["official_client.py"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SettingsTests", dependencies: ["Trading", "Stages", "Settings", "Support"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "WorkersTests",
            dependencies: [
                "Trading", "Stages", "HTTP", "Redis", "Proxy", "MessageBus", "Brokers", "Settings",
                "Workers", "Simulation", "DhanSimulator", "Support",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SimulationTests", dependencies: ["Trading", "Simulation"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PipelineTests",
            dependencies: [
                "Trading", "Secrets", "Redis", "HTTP", "Proxy", "MessageBus", "Workers",
                "DhanSimulator", "Support", "squareoff",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SquareoffTests",
            dependencies: [
                "Trading", "Stages", "HTTP", "Redis", "MessageBus", "Brokers", "Settings",
                "Workers", "DhanSimulator", "Support",
                "squareoff", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        .testTarget(name: "TidyTests", swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

var settings: [SwiftSetting] {
    [
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
        .enableUpcomingFeature("ExistentialAny"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
        .enableUpcomingFeature("MemberImportVisibility"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
        .enableUpcomingFeature("InternalImportsByDefault"),
        .unsafeFlags(["-warnings-as-errors"]),
    ]
}

var sockets: [Target.Dependency] {
    [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
    ]
}

/// For the modules below the workers, whose small functions run for each field of each message:
/// without it, the compiler inlines and specialises nothing across modules that is `package` and
/// not `public`, and comparing two prices is a call through a table.
var transparent: [SwiftSetting] {
    [
        .unsafeFlags(
            [
                "-enable-library-evolution", "-no-emit-module-separately-wmo",
                "-Xfrontend", "-package-cmo", "-Xfrontend", "-allow-non-resilient-access",
            ], .when(configuration: .release))
    ]
}
