import Foundation
import Testing

@Suite struct `The style is kept` {
    @Test(arguments: Rule.all)
    func `in Sources:`(rule: Rule) throws {
        let found = try SourceFile.sources().flatMap { file in
            rule.problems(file).map { "\(file.path):\($0.line): \($0.problem)" }
        }
        #expect(found == [], "\(rule.name)")
    }

    @Test(arguments: Rule.all)
    func `a rule sees what it is for:`(rule: Rule) {
        let file = SourceFile(path: rule.sample.path, text: rule.sample.text)
        #expect(!rule.problems(file).isEmpty)
    }

    @Test func `comments and strings are no code`() {
        let text =
            #"let a = "try! \(f("x")) // no" // try! /* "#
            + "\n/* try! /* */ try! */ let b = \"\"\"\n    try! \"x\"\n    \"\"\"\nlet c = 1\n"
        let file = SourceFile(path: "Sources/Workers/Sample.swift", text: text)
        #expect(!file.code.joined().contains("try!"))
        #expect(file.code.joined().contains("let b ="))
        #expect(file.code[4] == "let c = 1")
        #expect(file.codeAndStrings[0].contains("// no\""))
    }

    @Test func `no placeholder is left in the tests either`() throws {
        let paths = try SourceFile.paths(in: "Tests") + SourceFile.paths(in: "Sources")
        #expect(paths.filter { $0.hasSuffix("/Placeholder.swift") } == [])
    }
}

/// Who may import whom: only what stands below. From the design's floors.
@Suite struct `The floors are kept` {
    private static let system: Set<String> = ["Glibc", "Darwin", "Synchronization"]
    private static let sockets: Set<String> = [
        "NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket", "NIOSSL",
    ]
    private static let floors: [String: Set<String>] = [
        "Trading": [],
        "Stages": ["Trading"],
        "Secrets": system,
        "Redis": system.union(["CHiredis", "COpenSSL", "Secrets"]),
        "Proxy": system.union(["Redis", "Foundation"]),
        "MessageBus": system.union(["Trading", "Redis", "StreamsSchema"]),
        "HTTP": system.union(["CCurl", "COpenSSL"]),
        "Brokers": system.union(["Trading", "HTTP", "Secrets", "Foundation"]).union(sockets),
        "Settings": ["Trading", "Stages", "Yams", "Configuration", "Foundation"],
        "Workers": system.union([
            "Trading", "Stages", "MessageBus", "Brokers", "Settings", "CZlib", "Histogram",
            "Logging", "Foundation",
        ]),
        "Simulation": system.union([
            "Trading", "Stages", "MessageBus", "Brokers", "Settings", "Workers", "Logging",
        ]),
        "DhanSimulator": system.union(["Trading", "Foundation"]).union(sockets),
        "squareoff": system.union([
            "Trading", "Stages", "Secrets", "HTTP", "Redis", "Proxy", "MessageBus", "Brokers",
            "Settings", "Workers", "Simulation", "DhanSimulator",
            "ArgumentParser", "Dispatch", "Foundation", "Logging", "ServiceLifecycle",
            "UnixSignals",
        ]),
    ]
    /// Floors that hold C and no Swift.
    private static let libraries: Set<String> = ["CHiredis", "COpenSSL", "CCurl", "CZlib"]

    private static func imports(_ file: SourceFile) -> [(line: Int, module: String)] {
        file.code.enumerated().compactMap { index, line in
            line.firstMatch(
                of:
                    /^\s*(?:@\w+ )*(?:package |public |private |internal )*import (?:(?:struct|enum|class|func|protocol|var) )?(\w+)/
            )
            .map { (index + 1, String($0.1)) }
        }
    }

    @Test func `a module imports only what stands below it`() throws {
        var wrong: [String] = []
        for file in try SourceFile.sources() {
            guard let allowed = Self.floors[file.module] else {
                wrong.append("\(file.path): module \(file.module) stands on no floor")
                continue
            }
            for (line, module) in Self.imports(file) where !allowed.contains(module) {
                wrong.append("\(file.path):\(line): \(file.module) may not import \(module)")
            }
        }
        #expect(wrong == [])
    }

    @Test func `no Foundation, Glibc or C in Trading and Stages`() throws {
        let pure = try SourceFile.sources().filter { ["Trading", "Stages"].contains($0.module) }
        #expect(pure.count > 50)
        #expect(pure.flatMap(Self.imports).filter { $0.module != "Trading" }.isEmpty)
    }

    @Test func `every folder of Sources is a floor`() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: SourceFile.root.appending(path: "Sources").path)
        #expect(Set(folders) == Set(Self.floors.keys).union(Self.libraries))
    }

    @Test(arguments: [
        ("Sources/Trading/A.swift", "import Foundation", "Foundation"),
        ("Sources/Stages/A.swift", "#if os(Linux)\n    package import Glibc\n#endif", "Glibc"),
        ("Sources/Redis/A.swift", "@testable import Trading", "Trading"),
        ("Sources/Redis/A.swift", "import struct Trading.Price", "Trading"),
    ])
    func `an import is seen however it is written`(path: String, text: String, module: String) {
        let file = SourceFile(path: path, text: text)
        #expect(Self.imports(file).map(\.module) == [module])
        #expect(Self.floors[file.module]?.contains(module) == false)
    }
}
