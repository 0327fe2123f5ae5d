import Foundation
import Glibc
import MessageBus
import Redis
import Support
import Testing
import Trading
import Workers

/// A Redis with an AOF and the processes that work on it. All of them end with this object.
final class Fleet {
    let server: RedisServer
    let folder: Folder
    var recording: Recording
    /// Nil where everybody may do everything.
    private let users: RedisUsers?
    /// Settings of all workers, as variables.
    private let settings: [String: String]
    private(set) var workers: [Worker] = []

    struct Worker {
        var name: String
        var stages: [String]
        var program: Program
    }

    init(
        _ recording: Recording, in folder: Folder, users: RedisUsers? = nil,
        settings: [String: String] = [:]
    ) throws {
        server = try RedisServer(
            .init(
                appendOnly: true, password: users.map { _ in RedisUsers.password },
                extra: users.map { ["aclfile \($0.file)"] } ?? []))
        self.users = users
        self.settings = settings
        self.folder = folder
        self.recording = recording
    }

    deinit {
        for worker in workers { worker.program.kill() }
        server.stop()
    }

    var url: String { "unix://\(server.directory)/redis.sock" }

    /// A process of these stages; without any, of all.
    func start(_ stages: String..., name: String) throws {
        workers.append(
            Worker(name: name, stages: stages, program: try launch(stages, name: name)))
    }

    /// SIGKILL, and the same again under the same name.
    func replace(_ index: Int) throws {
        workers[index].program.kill()
        let worker = workers[index]
        workers[index].program = try launch(worker.stages, name: worker.name)
    }

    private func launch(_ stages: [String], name: String) throws -> Program {
        let user = stages.count == 1 ? stages[0] : "pipeline"
        let options = stages.flatMap { ["--stage", $0] }
        return try Program(
            ["run", "--config", recording.config, "--redis", url, "--name", name] + options,
            in: folder.path, environment: environment(of: user))
    }

    /// The feed alone: the workers' processes do the rest.
    func feed(speed: String = "max", to json: String = "trades.json") throws -> Program {
        try Program(
            [
                "replay", recording.ticks, "--contracts", recording.contracts, "--config",
                recording.config, "--redis", url, "--feed-only", "--speed", speed, "--json",
                "\(folder.path)/\(json)",
            ], in: folder.path, environment: environment(of: "feed"))
    }

    private func environment(of user: String) -> [String: String] {
        settings.merging(users?.environment(of: user) ?? [:]) { $1 }
    }

    /// Plays the whole recording.
    func replay() throws -> [Trade] {
        let feed = try feed()
        let status = try feed.end()
        #expect(status == 0, "\(feed.output)\(feed.errors)\(words)")
        return try trades()
    }

    func trades(_ json: String = "trades.json") throws -> [Trade] {
        try Trade.read("\(folder.path)/\(json)")
    }

    /// The command's standard output; it must succeed.
    @discardableResult
    func ask(_ arguments: String..., as user: String = "look") throws -> String {
        let program = try program(arguments, as: user)
        let status = try program.end()
        #expect(status == 0, "\(arguments.joined(separator: " ")): \(program.errors)")
        return program.output
    }

    func program(_ arguments: [String], as user: String) throws -> Program {
        try Program(
            arguments + ["--redis", url], in: folder.path, environment: environment(of: user))
    }

    /// What the workers complained of.
    var words: String {
        workers.map { "\($0.name): \($0.program.errors.suffix(400))\n" }.joined()
    }

    /// Comes back when the condition holds, or fails the test. A look that failed is no answer: a
    /// busy server may let a connection wait for too long.
    func wait(
        for what: String, within seconds: Double = 180, _ condition: () throws -> Bool
    ) throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            var failure = ""
            do {
                if try condition() { return }
            } catch {
                failure = "\(error)\n"
            }
            try #require(
                ContinuousClock.now < deadline, "waited for \(what) in vain\n\(failure)\(words)")
            usleep(5_000)
        }
    }
}

extension Fleet {
    func redis(_ command: RedisCommand) throws -> RedisValue { try server.connect().call(command) }

    func keys(_ pattern: String) throws -> [String] {
        try redis(RedisCommand("KEYS", pattern)).asStrings.sorted()
    }

    func entries(_ stream: Key) throws -> [Fields] {
        let rows = try redis(RedisCommand("XRANGE", stream.text, "-", "+")).asArray
        return try rows.map { row in
            Fields(try row.asArray[1].asPairs.map { Fields.Pair(name: $0.name, value: $0.value) })
        }
    }

    func hash(_ key: String) throws -> Fields {
        let pairs = try redis(RedisCommand("HGETALL", key)).asPairs
        return Fields(pairs.map { Fields.Pair(name: $0.name, value: $0.value) })
    }

    /// What a finished run has left undone; empty when all is worked off.
    func leftovers(shards: Int = 1) throws -> [String] {
        var left: [String] = []
        for shard in 0..<shards {
            let sets = [
                Keys.exitsDue(shard), Keys.ordersDue(shard), Keys.calling(shard),
                Keys.paperDue(shard),
            ]
            for key in sets {
                let members = try redis(RedisCommand("ZRANGE", key.text, 0, -1)).asStrings
                left += members.map { "\($0) in \(key)" }
            }
        }
        left += try keys("*exit-lock:*")
        for stream in try keys("sq:*") {
            guard try redis(RedisCommand("TYPE", stream)).asString == "stream" else { continue }
            for group in try redis(RedisCommand("XINFO", "GROUPS", stream)).asArray {
                // Name and value in turn: name, consumers, pending.
                let facts = try group.asArray
                let pending = try facts[5].asInteger
                if pending > 0 { left.append("\(pending) pending on \(stream)") }
            }
        }
        return left
    }
}

/// The trades of one process on a server of its own.
func replayAlone(
    _ recording: Recording, _ options: String..., in folder: Folder
) throws -> [Trade] {
    let json = "\(folder.path)/alone.json"
    let program = try Program(
        [
            "replay", recording.ticks, "--contracts", recording.contracts, "--config",
            recording.config, "--json", json,
        ] + options, in: folder.path)
    let status = try program.end()
    #expect(status == 0, "\(program.output)\(program.errors)")
    return try Trade.read(json)
}

/// What all runs of the generated recording are held against, made once.
enum Reference {
    static let minutes = 25

    static func trades(partitions: Int = 1) throws -> [Trade] {
        try (partitions == 1 ? one : two).get()
    }

    private static let one = Result { try alone(partitions: 1) }
    private static let two = Result { try alone(partitions: 2) }

    private static func alone(partitions: Int) throws -> [Trade] {
        let folder = try Folder()
        return try replayAlone(
            .generated(minutes: minutes, partitions: partitions, in: folder), in: folder)
    }
}
