import MessageBus
import Support
import Testing
import Trading
import Workers

/// Entries that somebody has trimmed before they were acted upon, and entries too large to keep.
@Suite struct TrimmedTests {
    private let bench = Bench()
    private let stream = Keys.exits(0)

    private final class Idle: GroupStage {
        let name = "idle"
        let slot = Slot.shard(0)
        let streams = [Keys.exits(0)]
        var outcome = Outcome.again(after: .minutes(60))

        func settle(_ work: Work, _ session: any BusSession) throws(BusError) -> [Step] {
            work.deliveries.map { Step($0, outcome) }
        }
    }

    private func letters() throws -> [Fields] { try bench.entries(Keys.deadLetters(.shard(0))) }

    @Test func `what was trimmed unread is a dead letter and an alarm, and blocks no cut`() throws {
        let gone = GroupWorker(Idle(), bench.bus, name: "gone")
        for number in 1...3 { try bench.write(.append(stream, ["n": "\(number)"])) }
        try gone.turns(2)
        guard case .entries(let entries) = try bench.answer(.range(stream, from: .zero, limit: 9))
        else {
            Issue.record("no entries")
            return
        }
        bench.bus.trim(stream, below: entries[2].id)
        let done = Idle()
        done.outcome = .commit(Change())
        let heir = GroupWorker(done, bench.bus, name: "heir")
        heir.run(1)
        for _ in 0..<30 {
            bench.bus.advance(by: .milliseconds(500))
            heir.run(2)
        }
        #expect(try letters().compactMap { $0["entry"] } == entries.prefix(2).map(\.id.text))
        #expect(try letters().allSatisfy { $0["stage"] == "idle" && $0["left_out"] == nil })
        #expect(try bench.entries(Keys.alarms).map { $0["severity"] } == ["critical", "critical"])
        #expect(try bench.pending(stream, "idle") == 0)
        try bench.write(.append(stream, ["n": "4"]))
        heir.run(2)
        #expect(try bench.session.cut(stream, Cut(groups: ["idle"], keep: .zero)) == 1)
    }

    @Test func `of an entry with thousands of fields a letter keeps a hundred, and says so`() throws
    {
        let stage = Idle()
        stage.outcome = .deadLetter("too much")
        let worker = GroupWorker(stage, bench.bus)
        let fields = (1...7_500).map { Fields.Pair(name: "f\($0)", value: "\($0)") }
        try bench.write(.append(stream, Fields(fields)))
        worker.run(2)
        let letter = try #require(try letters().first)
        #expect(letter.pairs.count { $0.name.hasPrefix("body:f") } == 100)
        #expect(letter["body:f100"] == "100" && letter["left_out"] == "7400")
        #expect(try bench.pending(stream, "idle") == 0)
    }
}
