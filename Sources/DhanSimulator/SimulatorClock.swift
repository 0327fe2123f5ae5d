package import Trading

/// What time it is at the exchange.
package enum SimulatorClock: Sendable, Hashable {
    /// With the wall's clock, so many milliseconds ahead of it.
    case running(ahead: Int)
    /// Only by whoever sets it.
    case stopped(EventTime)

    package static let wall = SimulatorClock.running(ahead: 0)

    /// From this time on, with the wall's clock.
    package static func starting(at time: EventTime) -> SimulatorClock {
        .running(ahead: time.milliseconds - House.wall())
    }

    func now(wall: Int) -> EventTime {
        switch self {
        case .running(let ahead): EventTime(milliseconds: wall + ahead)
        case .stopped(let time): time
        }
    }
}
