import Foundation
import Redis
import Testing

@testable import squareoff

@Suite("The embedded Redis")
struct EmbeddedRedisTests {
    private func call(_ server: EmbeddedRedis, _ command: RedisCommand) throws -> RedisValue {
        try RedisConnection.connect(to: server.endpoint).call(command)
    }

    /// Several writes as one transaction of the log.
    private func write(_ names: [String], to server: EmbeddedRedis) throws {
        let script = "for _, name in ipairs(KEYS) do redis.call('SET', name, 'written') end"
        var command = RedisCommand("EVAL", script, names.count)
        command.append(names)
        _ = try call(server, command)
    }

    /// The log ends in the middle of the last write of this name.
    private func cutLog(of server: EmbeddedRedis, within name: String) throws {
        let folder = server.folder + "/appendonlydir"
        let file = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder)
                .first { $0.hasSuffix(".incr.aof") })
        let url = URL(filePath: "\(folder)/\(file)")
        let log = try Data(contentsOf: url)
        let place = try #require(log.range(of: Data(name.utf8), options: .backwards))
        try log.prefix(upTo: place.lowerBound + 1).write(to: url)
    }

    @Test func `half a commit that the log's end has cut never comes back`() throws {
        let server = try EmbeddedRedis(.always)
        defer { server.stop() }
        try write(["whole-1", "whole-2"], to: server)
        try write(["half-1", "half-2", "half-3"], to: server)
        try server.crash()
        try cutLog(of: server, within: "half-3")
        for start in 1...2 {
            try server.restart(.always)
            try write(["after-\(start)", "after-\(start)-too"], to: server)
            let names = try call(server, RedisCommand("KEYS", "*")).asArray.map { try $0.asString }
            #expect(names.count { $0.hasPrefix("half") } == 0, "start \(start): \(names.sorted())")
            #expect(names.count == 2 + 2 * start)
            try server.crash()
        }
    }
}
