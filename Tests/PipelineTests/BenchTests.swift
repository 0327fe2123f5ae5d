import Foundation
import Testing

/// That the bench runs and measures every row; how fast anything is, it says itself.
@Suite("squareoff bench", .timeLimit(.minutes(20)))
struct BenchTests {
    private static let rows = [
        "hop p50", "five hops p99", "worker, batches of 1", "worker, batches of 100",
        "sixteen workers, least share", "ticks evaluated", "tick to order p50", "full exits",
    ]

    @Test func `a short run beside the driver in C has a figure in every row`() throws {
        let folder = URL(filePath: NSTemporaryDirectory())
            .appending(path: "squareoff-bench-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let floor = folder.appending(path: "floor").path
        try compileFloor(to: floor)
        let json = folder.appending(path: "bench.json")
        let bench = try Program(
            ["bench", "--quick", "--floor", floor, "--json", json.path], in: folder.path)
        #expect(try bench.end() == 0, "\(bench.errors)")

        struct Row: Decodable {
            var name: String
            var ours: [Double]
            var floor: [Double]?
            var ours_to_floor: Double?
        }
        let rows = try JSONDecoder().decode([Row].self, from: Data(contentsOf: json))
        for name in Self.rows {
            let row = try #require(rows.first { $0.name == name }, "no row \(name)")
            #expect(row.ours.allSatisfy { $0 >= 0 } && row.ours.count == 1, "\(name)")
            #expect(bench.output.contains(name))
        }
        let beside = rows.filter {
            $0.name.hasPrefix("hop") || $0.name.hasPrefix("worker") || $0.name.hasPrefix("tick to")
        }
        #expect(beside.allSatisfy { $0.floor?.count == 1 && $0.ours_to_floor ?? 0 > 0 })
    }

    /// As `ops/bench` does.
    private func compileFloor(to path: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/env")
        compiler.arguments = [
            "cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", path,
            root.appending(path: "ops/floor/floor.c").path,
            root.appending(path: "ops/floor/exits.c").path, "-lhiredis",
        ]
        try compiler.run()
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0)
    }
}
