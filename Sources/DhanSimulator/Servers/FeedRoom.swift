import NIOCore
import Trading

/// Who listens to the market feed, and to what.
struct FeedRoom: Sendable {
    struct Listener: Sendable {
        let client: ClientID
        let channel: any Channel
        var wanted: [InstrumentID: FeedPacket.Mode] = [:]

        /// Says why, and ends the connection.
        func dismiss(_ reason: Int) {
            channel.say(FeedPacket.disconnect(reason).bytes)
            channel.close(promise: nil)
        }
    }

    /// By the order of coming.
    private var listeners: [(id: ObjectIdentifier, listener: Listener)] = []

    private static let mostConnections = 5
    private static let mostInstruments = 5_000
    static let mostPerMessage = 100

    var channels: [any Channel] { listeners.map(\.listener.channel) }

    /// - Returns: the oldest one, where this is one too many.
    mutating func join(_ client: ClientID, _ channel: any Channel) -> Listener? {
        listeners.append((ObjectIdentifier(channel), Listener(client: client, channel: channel)))
        let own = listeners.indices.filter { listeners[$0].listener.client == client }
        guard own.count > Self.mostConnections, let oldest = own.first else { return nil }
        return listeners.remove(at: oldest).listener
    }

    mutating func leave(_ channel: any Channel) {
        listeners.removeAll { $0.id == ObjectIdentifier(channel) }
    }

    /// - Returns: false when they are too many.
    mutating func want(
        _ instruments: [InstrumentID], _ mode: FeedPacket.Mode?, on channel: any Channel
    ) -> Bool {
        guard let place = listeners.firstIndex(where: { $0.id == ObjectIdentifier(channel) })
        else { return true }
        for instrument in instruments { listeners[place].listener.wanted[instrument] = mode }
        return listeners[place].listener.wanted.count <= Self.mostInstruments
    }

    func spread(_ tick: Tick, _ row: MarketBook.Row?, isJoined: Bool) {
        for (_, listener) in listeners {
            guard let mode = listener.wanted[tick.instrument] else { continue }
            for message in FeedPacket.messages(mode, tick, row, isJoined: isJoined) {
                listener.channel.say(message)
            }
        }
    }

    /// To everybody, whatever they asked to see.
    func spread(_ packet: [UInt8]) {
        for (_, listener) in listeners { listener.channel.say(packet) }
    }

    func end(_ end: Engine.FeedEnd) {
        for (_, listener) in listeners {
            switch end {
            case .reset: listener.channel.reset()
            case .dropped: listener.dismiss(805)
            }
        }
    }
}
