import ArgumentParser
import Foundation
import Support
import Testing

@testable import squareoff

@Suite("config --check")
struct ConfigTests {
    @Test("the example is in order") func example() throws {
        let file = Schemas.folder.deletingLastPathComponent()
            .appending(path: "ops/examples/default.yaml").path(percentEncoded: false)
        try ConfigCommand.parse(["--check", file]).run()
    }

    @Test("a file that is not in order, or is not there, ends with status 1") func errors() throws {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "squareoff-\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        for text in [nil, "bus:\n  shard: 1\n"] {
            try text?.write(to: file, atomically: false, encoding: .utf8)
            let command = try ConfigCommand.parse(["--check", file.path(percentEncoded: false)])
            #expect(throws: ExitCode.failure) { try command.run() }
        }
    }
}
