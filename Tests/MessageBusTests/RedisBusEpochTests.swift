import Foundation
import MessageBus
import Redis
import Support
import Testing
import Trading

/// A server that comes back without the last that it had said.
@Suite("RedisBus: a lost tail", .timeLimit(.minutes(5)))
struct RedisBusEpochTests {
    private func aof(_ server: RedisServer) throws -> URL {
        let folder = URL(filePath: "\(server.directory)/appendonlydir")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return folder.appending(path: try #require(files.first { $0.hasSuffix(".incr.aof") }))
    }

    /// Everything after the last line that names `text` for the first time is gone.
    private func cut(_ server: RedisServer, before text: String) throws {
        server.kill()
        let file = try aof(server)
        let data = try Data(contentsOf: file)
        let place = try #require(data.range(of: Data(text.utf8)))
        try data[..<place.lowerBound].write(to: file)
        try server.restart()
    }

    @Test func `a holder whose epoch was cut off commits nothing, and the next is above it`() throws
    {
        try withRedis(.init(appendOnly: true, extra: ["appendfsync always"])) { server in
            let bus = RedisBus(endpoint: server.endpoint)
            let old = try bus.session("old")
            let first = try old.raise(risk).epoch
            try old.write(.set(order, ["mark": "here-the-tail-begins"]))
            let lost = try old.raise(risk).epoch
            try cut(server, before: "here-the-tail-begins")

            let new = try bus.session("new")
            let stored = try new.fields(of: risk)[Fence.epochField]
            #expect(stored == String(first))
            func commit(_ session: any BusSession, _ epoch: Int) throws -> CommitVerdict {
                let move = CursorMove(field: "ticks", from: .zero, to: EntryID(1, 0))
                return try session.one(
                    .holder(fence: risk, epoch: epoch, cursors: [move]),
                    Change(writes: [.add(position, field: "n", by: 1)]))
            }
            #expect(throws: BusError.self) { try commit(old, lost) }
            #expect(try commit(old, lost) == .fenced)
            let next = try new.raise(risk).epoch
            #expect(next > lost)
            #expect(try commit(old, lost) == .fenced)
            #expect(try commit(new, next) == .applied)
            #expect(try new.fields(of: position) == ["n": "1"])
        }
    }

    @Test func `an entry whose acknowledgement was cut off is delivered again`() throws {
        try withRedis(.init(appendOnly: true, extra: ["appendfsync always"])) { server in
            let session = try RedisBus(endpoint: server.endpoint).session("one").joined(exits)
            try session.put(exits, 1...2)
            let found = try session.read()
            #expect(try session.settle(found[0], .add(position, field: "1", by: 1)) == .applied)
            #expect(
                try session.settle(
                    found[1], .add(position, field: "here-the-tail-begins", by: 1)) == .applied)
            try cut(server, before: "here-the-tail-begins")
            #expect(throws: BusError.self) { try session.read() }
            // Effect and acknowledgement were one transaction of the file: both are gone.
            #expect(try session.fields(of: position) == ["1": "1"])
            #expect(try session.read().map(\.id) == [found[1].id])
            #expect(try session.settle(found[1], .add(position, field: "2", by: 1)) == .applied)
        }
    }
}
