package import Trading

/// Which instrument ticks on which connection. It stays where it is: to move one would cost its
/// ticks in between.
package struct FeedPlan: Sendable {
    /// What one connection has to be told.
    package struct Moves: Sendable, Hashable {
        package var subscribe: [InstrumentID] = []
        package var unsubscribe: [InstrumentID] = []
    }

    private let connections: Int
    private let mostOnAConnection: Int
    private var places: [InstrumentID: Int] = [:]
    private var counts: [Int]

    package init(
        connections: Int = FeedRequest.mostConnections,
        mostOnAConnection: Int = FeedRequest.mostOnAConnection
    ) {
        self.connections = connections
        self.mostOnAConnection = mostOnAConnection
        counts = Array(repeating: 0, count: connections)
    }

    /// - Parameter wanted: the most important first; what there is no room for is left out.
    /// - Returns: the moves by connection, and how many instruments were left out.
    package mutating func want(
        _ wanted: [InstrumentID]
    ) -> (moves: [Int: Moves], leftOut: Int) {
        var seen: Set<InstrumentID> = []
        let asked = wanted.filter { FeedRequest.canTick($0) && seen.insert($0).inserted }
        let kept = asked.prefix(connections * mostOnAConnection)
        var moves: [Int: Moves] = [:]
        for gone in Set(places.keys).subtracting(kept).sorted() {
            guard let place = places.removeValue(forKey: gone) else { continue }
            counts[place] -= 1
            moves[place, default: Moves()].unsubscribe.append(gone)
        }
        for new in kept where places[new] == nil {
            guard let place = counts.firstIndex(where: { $0 < mostOnAConnection }) else { break }
            places[new] = place
            counts[place] += 1
            moves[place, default: Moves()].subscribe.append(new)
        }
        return (moves, asked.count - kept.count)
    }

    /// Connections that something ticks on.
    package var inUse: [Int] { counts.indices.filter { counts[$0] > 0 } }

    package func place(of instrument: InstrumentID) -> Int? { places[instrument] }

    /// Everything that a connection must be told again after it was lost.
    package func all(on connection: Int) -> [InstrumentID] {
        places.filter { $0.value == connection }.map(\.key).sorted()
    }
}
