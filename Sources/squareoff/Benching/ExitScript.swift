import Foundation
import MessageBus
import Redis
import Synchronization
import Trading
import Workers

/// What the workers of a run have sent, step by step, and which entries they had got by then.
///
/// `ops/floor/exits.c` plays it again: one process a worker, the same commands in the same order,
/// with the ids of the entries that it gets in the place of those that were got here.
final class ExitScript: Sendable {
    enum Step: Sendable {
        case load([Query])
        case turn([Commit])
    }

    enum Source: Sendable {
        case group([Key], String, String)
        case stream(Key, after: EntryID)
    }

    private struct Part {
        var sources: [Source] = []
        /// What each step found, and how many orders the broker had got before it.
        var steps: [(step: Step, found: [Delivery], orders: Int)] = []
    }

    private struct State {
        var parts: [String: Part] = [:]
        var fences: [(Key, Fence)] = []
        var isOver = false
    }

    private let state = Mutex(State())
    private let orders: @Sendable () -> Int

    /// - Parameter orders: how many the broker has got.
    init(orders: @escaping @Sendable () -> Int) { self.orders = orders }

    /// What comes before is no part of an exit, but for the wait in which each worker is.
    func begin() {
        state.withLock {
            for stage in $0.parts.keys { $0.parts[stage]?.steps = [(.turn([]), [], 0)] }
        }
    }

    func end() { state.withLock { $0.isOver = true } }

    func add(_ step: Step, by stage: String) {
        let count = stage == StageName.gateway ? orders() : 0
        state.withLock {
            guard !$0.isOver else { return }
            $0.parts[stage, default: Part()].steps.append((step, [], count))
        }
    }

    /// What the latest step of the stage has come to.
    func found(_ deliveries: [Delivery], by stage: String) {
        state.withLock {
            guard !$0.isOver, let last = $0.parts[stage]?.steps.indices.last else { return }
            $0.parts[stage]?.steps[last].found = deliveries
        }
    }

    func reads(_ source: Source, by stage: String) {
        state.withLock { $0.parts[stage, default: Part()].sources.append(source) }
    }

    func raised(_ fence: Key, to value: Fence) {
        state.withLock { $0.fences.append((fence, value)) }
    }

    /// The fences as their holders have raised them.
    var fences: Commit {
        let writes = state.withLock { $0.fences }.map { key, fence in
            Write.set(
                key, Fields([Fields.Pair(name: Fence.epochField, value: String(fence.epoch))]))
        }
        return Commit(slot: .shard(0), owner: .anyone, changes: [Change(writes: writes)])
    }
}

// The file: lines of words, and commands as the server reads them behind a line with their length.
extension ExitScript {
    func write(ticks: [RedisCommand], to path: String) throws {
        let parts = state.withLock { $0.parts }.sorted { $0.key < $1.key }.map(\.value)
        var file = Data()
        file.line("\(ticks.count) ticks \(parts.count) workers")
        for tick in ticks { file.commands([tick]) }
        for part in parts { write(part, to: &file) }
        try file.write(to: URL(filePath: path))
    }

    private func write(_ part: Part, to file: inout Data) {
        let steps = part.steps
        let streams = part.sources.flatMap(\.streams)
        file.line("\(steps.count) steps \(streams.count) streams")
        file.line(part.sources.first?.command ?? "")
        for (stream, id) in streams { file.line("\(stream) \(id)") }
        for (place, (step, found, orders)) in zip(steps.indices, steps) {
            // An order goes out behind the step that has marked it, and the next one sees it.
            let next = place + 1 < steps.endIndex ? steps[place + 1].orders : orders
            switch step {
            case .load(let queries):
                file.line("load \(queries.count + 2) 0 \(next - orders)")
                file.commands(RedisBus.commands(queries))
            case .turn(let commits):
                file.line("turn \(commits.count) \(found.count) \(next - orders)")
                for delivery in found { file.line("\(delivery.stream) \(delivery.id.text)") }
                file.commands(commits.map { RedisBus.command($0) })
            }
        }
    }
}

extension ExitScript.Source {
    fileprivate var streams: [(stream: Key, id: String)] {
        switch self {
        case .group(let streams, _, _): streams.map { ($0, ">") }
        case .stream(let stream, let cursor): [(stream, cursor.text)]
        }
    }

    /// All in front of how long to wait and which streams.
    fileprivate var command: String {
        switch self {
        case .group(_, let group, let consumer): "XREADGROUP GROUP \(group) \(consumer) COUNT 256"
        case .stream: "XREAD COUNT 256"
        }
    }
}

extension Data {
    fileprivate mutating func line(_ text: String) { append(contentsOf: Array((text + "\n").utf8)) }

    fileprivate mutating func commands(_ commands: [RedisCommand]) {
        var bytes: [UInt8] = []
        for command in commands { command.encode(into: &bytes) }
        line("\(bytes.count)")
        append(contentsOf: bytes)
    }
}
