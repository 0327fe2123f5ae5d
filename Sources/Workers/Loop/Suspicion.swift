import MessageBus
import Trading

/// What runs alone, because the stage has failed on it or may have.
struct Suspicion {
    /// A batch was refused, and nobody knows which of its entries it was: until all of them have
    /// come again, everything runs alone.
    var isGeneral = false
    private var entries: Set<Acknowledgement> = []
    /// Members of due sets.
    private var times: Set<String> = []

    mutating func add(_ delivery: Delivery) {
        entries.insert(Acknowledgement(delivery.stream, delivery.id))
    }

    mutating func add(_ member: String) { times.insert(member) }

    /// It has gone through.
    mutating func clear(_ step: Step) {
        if let delivery = step.delivery, !entries.isEmpty {
            entries.remove(Acknowledgement(delivery.stream, delivery.id))
        }
        if let due = step.due, !times.isEmpty { times.remove(due.time.member) }
    }

    /// Takes out of the work what is to run alone.
    mutating func take(from work: inout Work) -> [Work] {
        guard isGeneral || !entries.isEmpty || !times.isEmpty else { return [] }
        let suspected = work.pieces.filter(suspects)
        work.deliveries.removeAll { suspects($0) }
        for set in work.due.indices { work.due[set].removeAll { suspects($0) } }
        return suspected
    }

    /// All of the refused batch has come again once nothing comes that was delivered before: own
    /// entries are read first.
    mutating func hasRead(_ deliveries: [Delivery]) {
        if isGeneral, !deliveries.contains(where: \.isRedelivered) { isGeneral = false }
    }

    private func suspects(_ piece: Work) -> Bool {
        piece.deliveries.contains(where: suspects) || piece.due.joined().contains(where: suspects)
    }

    private func suspects(_ delivery: Delivery) -> Bool {
        isGeneral || entries.contains(Acknowledgement(delivery.stream, delivery.id))
    }

    private func suspects(_ time: DueTime) -> Bool { isGeneral || times.contains(time.member) }
}
