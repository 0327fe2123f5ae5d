import Trading

/// One position as the broker has seen it, line by line.
struct Story {
    let id: PositionID
    /// When its exit was first asked for, by the ledger's clock; nil when it never was.
    let asked: Int?
    private(set) var bought = 0
    private(set) var sold = 0
    private(set) var flatAt: Int?
    /// The longest time without a working exit, once one was asked for.
    private(set) var longestWait = 0
    /// The same, but for orders that came to the broker's door and were turned away: the longest
    /// time in which nobody tried.
    private(set) var longestRest = 0
    private(set) var exitOrders = 0
    private var working: [CorrelationID: String] = [:]
    private var filled: [String: Int] = [:]
    private var waitsSince: Int?
    private var restsSince: Int?
    /// What was wrong on the way.
    private(set) var found: [Violation] = []

    var held: Int { bought - sold }

    init(_ id: PositionID, asked: Int?) {
        self.id = id
        self.asked = asked
    }

    mutating func add(_ line: LedgerLine, _ order: CorrelationID) {
        if line.event == .turnedAway {
            endRest(at: line.at)
            if waitsSince != nil { restsSince = line.at }
            return
        }
        let units = line.filled - filled[line.number, default: 0]
        filled[line.number] = line.filled
        endRest(at: line.at)
        endWait(at: line.at)
        switch order.purpose {
        case .entry: bought += units
        case .exit:
            sold += units
            count(line, order)
        }
        if units > 0, held < 0 {
            found.append(Violation(.oversold, id, "sold \(sold) of \(bought)"))
        }
        if held == 0, sold > 0 { flatAt = units > 0 ? line.at : flatAt } else { flatAt = nil }
        if held > 0, working.isEmpty { (waitsSince, restsSince) = (line.at, line.at) }
    }

    private mutating func count(_ line: LedgerLine, _ order: CorrelationID) {
        if line.event == .accepted {
            exitOrders += 1
            if let other = working.keys.first(where: { $0.attempt != order.attempt }) {
                found.append(
                    Violation(.overlapping, "\(order) was accepted while \(other) worked"))
            }
        }
        working[order] = line.status.isWorking ? line.number : nil
    }

    private mutating func endWait(at time: Int) {
        longestWait = max(longestWait, span(from: waitsSince, to: time))
        waitsSince = nil
    }

    private mutating func endRest(at time: Int) {
        longestRest = max(longestRest, span(from: restsSince, to: time))
        restsSince = nil
    }

    private func span(from start: Int?, to end: Int) -> Int {
        guard let start, let asked else { return 0 }
        return end - max(start, asked)
    }

    /// What is wrong at the end.
    var end: [Violation] {
        var end: [Violation] = []
        if held > 0 { end.append(Violation(.naked, id, "holds \(held)")) }
        if longestRest > ChaosJudge.bearable.milliseconds {
            end.append(
                Violation(.stranded, id, "\(longestRest) ms in which nobody tried to close it"))
        }
        return end
    }
}
