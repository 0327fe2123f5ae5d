import Brokers
import Foundation
import Trading

/// Asks the broker everything that the doctor wants to know of an account.
struct BrokerVisit {
    let client: DhanClient
    let account: AccountProfile
    let now: () -> EventTime

    var findings: [Finding] {
        let origin = TokenOrigin(account.access)
        // Without a token that lives, all else but the clock is refused, for no reason of its own.
        if let missing = missing(origin) { return [missing, clock] }
        let profile = ask(client.profile)
        let token = BrokerChecks.token(
            profile, clientID: account.access.clientID ?? "", of: origin, now: now())
        guard !BrokerChecks.isDead(profile) else { return token + [clock] }
        return token + [
            BrokerChecks.address(ask(client.addresses)),
            BrokerChecks.funds(ask(client.funds), capital: account.capital),
            BrokerChecks.killSwitch(ask(client.killSwitch)), clock, feed, orders,
        ]
    }

    /// Nil where there is a token to show.
    private func missing(_ origin: TokenOrigin) -> Finding? {
        let answer: Result<DhanToken, DhanTokenError>? = Awaited.wait {
            client.access.token.current($0)
        }
        guard case .failure(let error)? = answer else { return nil }
        switch error {
        case .later(let reason), .none(let reason): return origin.missing(reason, origin.kept)
        }
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
