import Foundation
import Redis
import Support
import Testing

extension PipelineTests {
    /// `ops/redis/mend`, before a server starts on a log whose last commit a loss of power has cut.
    @Suite struct `a torn log is mended` {
        private let server: RedisServer
        private var manifest: String {
            "\(server.directory)/appendonlydir/appendonly.aof.manifest"
        }

        init() throws {
            let options = ["appendfsync always", "aof-load-truncated no"]
            server = try RedisServer(.init(appendOnly: true, extra: options))
            for name in ["whole", "half"] {
                let script = "redis.call('SET', KEYS[1], 1) redis.call('SET', KEYS[1] .. '-2', 1)"
                try server.connect().call(RedisCommand("EVAL", script, 1, name))
            }
            server.kill()
        }

        private func mend(_ arguments: String...) throws -> Int32 {
            let root = URL(filePath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
            let process = Process()
            process.executableURL = root.appending(path: "ops/redis/mend")
            process.arguments = arguments
            process.standardError = Pipe()
            try process.run()
            process.waitUntilExit()
            return process.terminationStatus
        }

        @Test func `half a commit goes whole, a whole log stays, and much is for a person`() throws
        {
            defer { server.stop() }
            #expect(try mend("\(server.directory)/none") == 0)
            let whole = try server.appendOnlySize()
            #expect(try mend(manifest) == 0)
            #expect(try server.appendOnlySize() == whole)

            try server.cutAppendOnly(to: whole - 40)
            #expect(try mend(manifest, "10") == 1)
            #expect(try server.appendOnlySize() == whole - 40)

            #expect(try mend(manifest) == 0)
            #expect(try server.appendOnlySize() < whole - 40)
            try server.restart()
            let names = try server.connect().call(RedisCommand("KEYS", "*")).asArray
            #expect(try Set(names.map { try $0.asString }) == ["whole", "whole-2"])
            let kept = try FileManager.default
                .contentsOfDirectory(atPath: "\(server.directory)/appendonlydir")
            #expect(kept.count { $0.contains(".torn-") } == 1)
        }
    }
}
