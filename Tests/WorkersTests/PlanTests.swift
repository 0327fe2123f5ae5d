import MessageBus
import Testing
import Trading

@testable import Workers

@Suite struct PlanTests {
    private static let exits = Keys.exits(0)

    private func delivery(_ number: Int) -> Delivery {
        Delivery(stream: Self.exits, id: EntryID(1, number), fields: ["n": "\(number)"])
    }

    /// Whoever reads what a batch wrote is woken once, for all of it.
    @Test func `the decisions of a batch are one commit, whatever they come to`() throws {
        let steps = (1...100).map { number in
            Step(
                delivery(number),
                number == 50
                    ? .deadLetter("no good")
                    : .commit(Change(writes: [.append(Keys.exitOrders(0), ["n": "\(number)"])])))
        }
        let reviews = try Reviews(of: steps, slot: .shard(0), stage: "test", Bench().session)
        let plan = Plan(
            steps, slot: .shard(0), owner: .consumer(group: "g", name: "a"), stage: "test",
            now: Bench.morning, reviews)
        let ours = plan.commits.filter { $0.slot == .shard(0) }
        #expect(ours.map(\.changes.count) == [100])
        // The dead letter's alarm lives in another slot.
        #expect(plan.commits.filter { $0.slot == .bus }.count == 1)
    }

    @Test func `what has arrived is decided on before due times are looked at, once`() throws {
        let bench = Bench()
        let set = DueSet(Keys.exitsDue(0), by: .wall)
        try bench.write(.schedule(set.key, member: "m", at: Bench.morning.milliseconds - 1))
        var agenda = Agenda(of: "test", Bench.quiet)
        #expect(try agenda.due([set], behind: true, bench.session) == [[]])
        #expect(try agenda.due([set], behind: true, bench.session).flatMap { $0 }.count == 1)
        agenda.waited(forNothing: false, woken: true)
        #expect(try agenda.due([set], behind: true, bench.session).flatMap { $0 }.count == 1)
    }
}
