import Foundation
import Support
import Testing
import Workers

/// The real recording, which is not part of the project and lies beside it.
private enum RecordedDay {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let folder = root.deletingLastPathComponent().appending(path: "shared/data")
    static let ticks = folder.appending(path: "banknifty-2025-12-15.ticks.csv.gz").path
    static let contracts = folder.appending(path: "banknifty-2025-12-15.contracts.csv").path
    static let config = root.appending(path: "ops/examples/active.yaml").path

    /// Says so where everybody reads it: a test that was skipped must not look like one that passed.
    static let isThere: Bool = {
        let isThere = FileManager.default.isReadableFile(atPath: ticks)
        if !isThere {
            let words = "*** SKIPPED: the recorded day: no \(ticks) ***\n"
            FileHandle.standardError.write(Data(words.utf8))
        }
        return isThere
    }()

    /// The first lines, header included.
    static func slice(_ count: Int, in folder: Folder) throws -> Recording {
        var reader = try LineReader.open(ticks)
        var lines: [String] = []
        while lines.count < count, let line = try reader.next() { lines.append(line) }
        let settings = try String(contentsOfFile: config, encoding: .utf8)
        return Recording(
            ticks: try folder.write("slice.csv", lines.joined(separator: "\n") + "\n"),
            contracts: contracts,
            config: try folder.write(
                "active.yaml",
                settings + "\ngateway: { sender_life: \(Recording.longestSenderLife) }\n"))
    }
}

extension PipelineTests {
    @Suite(
        .enabled(if: RecordedDay.isThere, "no recorded day in ../shared/data"))
    struct `a slice of a recorded day` {
        @Test func `gives the same trades as one process and as one process per stage`() throws {
            let folder = try Folder()
            let recording = try RecordedDay.slice(20_000, in: folder)
            let alone = try replayAlone(recording, in: folder)
            #expect(alone.count >= 5)
            let fleet = try Fleet(recording, in: folder)
            for stage in StageName.all { try fleet.start(stage, name: "\(stage)-1") }
            #expect(difference(try fleet.replay(), from: alone) == [])
            #expect(try fleet.leftovers() == [])
        }
    }
}
