import MessageBus
import Trading
import Workers

/// One hop of a soak: counts each message in a cell that many messages share, and sends it on. The
/// cell's `rev` guards the commit, as a position's does.
final class SoakRelay: GroupStage {
    let name: String
    let slot = Slot.shard(0)
    let streams: [Key]
    private let output: Key

    init(_ name: String, from input: Key, to output: Key) {
        self.name = name
        streams = [input]
        self.output = output
    }

    func settle(_ work: Work, _ session: any BusSession) throws(BusError) -> [Step] {
        guard !work.deliveries.isEmpty else { return [] }
        let messages = work.deliveries.map { ($0, SoakMessage($0.fields)) }
        let cells = Set(messages.compactMap { $0.1 }.map { SoakRoute.cell(name, $0.number) })
            .sorted { $0.text < $1.text }
        var stored: [Key: Fields] = [:]
        for (cell, answer) in zip(cells, try session.load(cells.map { .hash($0) }).answers) {
            if case .fields(let fields) = answer { stored[cell] = fields }
        }
        return messages.map { delivery, message in
            guard let message else {
                return Step(delivery, .deadLetter("no message of a soak"))
            }
            return Step(delivery, .commit(change(message, &stored)))
        }
    }

    private func change(_ message: SoakMessage, _ stored: inout [Key: Fields]) -> Change {
        let cell = SoakRoute.cell(name, message.number)
        let before = stored[cell] ?? Fields()
        let revField = Field.rev.rawValue
        let rev = before[revField]
        var counted = SoakCount(before)
        counted.add(message.number)
        var after = counted.fields
        after[revField] = String((rev.flatMap { Int($0) } ?? 0) + 1)
        stored[cell] = after
        return Change(
            guards: [rev.map { .field(cell, revField, is: $0) } ?? .absent(cell)],
            writes: [.append(output, message.fields), .set(cell, after)])
    }
}

/// The end of a soak's way: one holder counts what arrives. Nothing but the fence guards it.
final class SoakTally: OrderedStage {
    let name = StageName.riskManager
    let number = 0
    let slot = Slot.shard(0)
    let streams = [SoakRoute.last]
    private var counted = SoakCount()

    func load(_ session: any BusSession) throws(BusError) {
        guard case .fields(let fields)? = try session.load([.hash(SoakRoute.tally)]).answers.first
        else { return }
        counted = SoakCount(fields)
    }

    func decide(
        _ deliveries: [Delivery], due: [[DueTime]], _ session: any BusSession
    ) throws(BusError) -> OrderedDecision {
        for delivery in deliveries {
            guard let message = SoakMessage(delivery.fields) else { continue }
            counted.add(message.number)
        }
        return OrderedDecision(changes: [Change(writes: [.set(SoakRoute.tally, counted.fields)])])
    }

    func refused(_ change: Int, _ session: any BusSession) throws(BusError) {
        try load(session)
    }
}
