import DhanSimulator
import Foundation
import Trading
import Workers

/// Where the simulator's prices come from, beside its control endpoint.
enum SimulatedPrices {
    case recording(String)
    case generator(RandomWalk)

    /// A contract of the generator has a new price four times a second.
    private static let pause = 250

    /// Until the end of the recording, or for ever.
    ///
    /// - Parameter ahead: milliseconds from the wall's clock to the exchange's.
    func play(on simulator: Simulator, ahead: Int) async throws {
        switch self {
        case .recording(let path): try await play(path, on: simulator, ahead: ahead)
        case .generator(var walk):
            while !Task.isCancelled {
                let now = EventTime(milliseconds: Self.wall() + ahead)
                await simulator.quote(walk.next(at: now))
                try await Task.sleep(for: .milliseconds(Self.pause))
            }
        }
    }

    /// What lies before the start gives the prices of the start.
    private func play(_ path: String, on simulator: Simulator, ahead: Int) async throws {
        let source = try RecordedTicks(path: path)
        var waiting: [Tick] = []
        while let row = try source.next() {
            guard case .tick(let tick) = row else { continue }
            let left = tick.quote.at.milliseconds - ahead - Self.wall()
            if left > 0 || waiting.count == 256 {
                await simulator.quote(waiting)
                waiting = []
            }
            if left > 0 { try await Task.sleep(for: .milliseconds(left)) }
            waiting.append(tick)
        }
        await simulator.quote(waiting)
    }

    static func wall() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }
}
