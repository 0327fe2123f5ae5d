import MessageBus
import Trading
import Workers

extension World {
    /// The longest that all may take, once nothing goes wrong any more.
    private static let patience = Span.minutes(10)
    private static let longestJump = 900

    func run() throws(BusError) {
        try setUp()
        while goesOn, steps < plan.chaos { try step() }
        if goesOn { try calm() }
        if goesOn { try checkEnd() }
    }

    private func setUp() throws(BusError) {
        let list = market.instruments.map { Fields.Pair(name: $0.id.text, value: $0.text) }
        try write(.set(Keys.instruments, Fields(list)))
        bus.sync()
        hireAll()
    }

    /// Everybody works, nothing goes wrong, and everything is to be closed.
    private func calm() throws(BusError) {
        chance.isCalm = true
        story.tell("world", "is calm from here on")
        try resume()
        let end = now + Self.patience
        var isFlattening = false
        while goesOn {
            try turn { _ in true }
            while goesOn, members.contains(where: { $0.life.hasNews }) {
                pass(.milliseconds(2))
                try turn { $0.life.hasNews }
            }
            if !isFlattening, promises.created.count >= plan.positions {
                isFlattening = true
                try flatten()
            } else if isFlattening, try isOver() {
                return
            }
            guard now < end else { return broken("P3: \(try whatIsOpen()) after ten calm minutes") }
            try jump()
        }
    }

    private func turn(_ isTurned: (Member) -> Bool) throws(BusError) {
        for index in members.indices where goesOn && isTurned(members[index]) {
            steps += 1
            story.step = steps
            try turn(members[index])
            try promises.check()
        }
    }

    /// To the next moment at which something is to happen.
    private func jump() throws(BusError) {
        var next = now + .milliseconds(Self.longestJump)
        let sets = [promises.exitsDue, promises.ordersDue, Keys.calling(0), Keys.unreconciled(0)]
        for answer in try session.load(sets.map { .due($0, limit: 1) }).answers {
            guard case .due(let times) = answer, let first = times.first else { continue }
            next = min(next, EventTime(milliseconds: first.at))
        }
        if let time = exchange.nextAt { next = min(next, time) }
        if let time = hires.next { next = min(next, time) }
        pass(max(.milliseconds(20), next - now))
        try act()
    }
}

// The end.
extension World {
    static let groups: [(Key, String)] = [
        (Keys.signals, StageName.entryGuard), (Keys.entryOrders(0), StageName.gateway),
        (Keys.exits(0), StageName.exitEngine), (Keys.exitOrders(0), StageName.gateway),
        (Keys.brokerEvents(0), StageName.hub), (Keys.orderUpdates(0), StageName.handler),
    ]

    /// Nothing is under way, and what was forgotten has had its time to be found.
    private func isOver() throws(BusError) -> Bool { try whatIsOpen().isEmpty }

    /// In words; empty when nothing is.
    private func whatIsOpen() throws(BusError) -> String {
        let open = try whatIsUnderWay()
        restsSince = open.isEmpty ? restsSince ?? now : nil
        guard let since = restsSince else { return open }
        let fields = [Field.readAt.rawValue]
        let looks = try session.load(
            Self.accounts.map { .fields(Keys.reconciled(0, $0), fields) }
        ).answers
        for (account, answer) in zip(Self.accounts, looks) {
            guard case .fields(let fields) = answer,
                let read = try? fields.get(.readAt, as: EventTime.self), read > since
            else { return "the books of \(account) were not read since" }
        }
        return ""
    }

    private func whatIsUnderWay() throws(BusError) -> String {
        var open = exchange.lateFills > 0 ? ["a late fill"] : []
        for id in openPositions() {
            open.append("\(id) is \(promises.positions[id]?.status.text ?? "?")")
        }
        let sets = [promises.exitsDue, promises.ordersDue, Keys.calling(0)]
        for (set, answer) in zip(sets, try session.load(sets.map { .count($0) }).answers) {
            if case .number(let count?) = answer, count > 0 {
                open.append("\(count) in \(set.name)")
            }
        }
        for (stream, group) in Self.groups {
            let answers = try session.load([.backlog(stream, group: group, limit: 1_000)]).answers
            if case .number(let count?)? = answers.first, count > 0 {
                open.append("\(count) entries of \(stream.name)")
            }
        }
        return open.joined(separator: ", ")
    }

    private func checkEnd() throws(BusError) {
        for slot in [Slot.bus, .shard(0), .partition(0)] {
            guard
                case .entries(let letters)? = try session.load([
                    .latest(Keys.deadLetters(slot), limit: 1)
                ]).answers.first
            else { continue }
            if let letter = letters.first {
                broken("dead letter: \(letter.fields["reason"] ?? "")")
            }
        }
        try promises.checkEnd()
    }
}
