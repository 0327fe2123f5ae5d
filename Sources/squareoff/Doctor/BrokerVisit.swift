import Brokers
import Foundation
import Trading

/// Asks the broker everything that the doctor wants to know of an account.
struct BrokerVisit {
    let client: DhanClient
    let account: AccountProfile
    let now: () -> EventTime

    var findings: [Finding] {
        BrokerChecks.token(
            ask(client.profile), clientID: account.access.clientID ?? "", now: now())
            + [
                BrokerChecks.address(ask(client.addresses)),
                BrokerChecks.funds(ask(client.funds), capital: account.capital),
                BrokerChecks.killSwitch(ask(client.killSwitch)), clock, feed, orders,
            ]
    }

    private func ask<Value: Sendable>(
        _ call: (@escaping DhanClient.Answer<Value>) -> Void
    ) -> Result<Value, DhanError> {
        Awaited.wait { call($0) } ?? .failure(.unknown("no answer"))
    }

    private var clock: Finding {
        let date: EventTime?? = Awaited.wait { client.date($0) }
        return BrokerChecks.clock(date ?? nil, now: now())
    }

    private var feed: Finding { open(.feed, "feed") }
    private var orders: Finding { open(.orders, "order socket") }

    /// A login is answered with silence, and a refusal comes a moment later.
    private static let longestOpening = 15_000
    private static let probation = 2_000

    private func open(_ service: DhanSocket.Service, _ name: String) -> Finding {
        let news = DispatchSemaphore(value: 0)
        let socket = DhanSocket(service, client.access, over: NIOSockets(), seed: 1) {
            news.signal()
        }
        defer { socket.close() }
        let clock = ContinuousClock()
        let began = clock.now
        var openedAt: Int?
        while true {
            let time = Int((clock.now - began) / .milliseconds(1))
            for event in socket.turn(at: EventTime(milliseconds: time)) {
                switch event {
                case .opened: openedAt = time
                case .ended(let end):
                    return BrokerChecks.socket(name, opened: false, end: end.description)
                case .text, .binary: break
                }
            }
            if let openedAt, time - openedAt > Self.probation {
                return BrokerChecks.socket(name, opened: true, end: nil)
            }
            if time > Self.longestOpening {
                return BrokerChecks.socket(name, opened: false, end: nil)
            }
            _ = news.wait(timeout: .now() + .milliseconds(100))
        }
    }
}
