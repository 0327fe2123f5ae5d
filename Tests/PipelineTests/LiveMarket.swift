import DhanSimulator
import Foundation
import HTTP
import MessageBus
import Redis
import Synchronization
import Trading

@testable import squareoff

/// One price four times a second at a simulator, and event time in Redis, on a thread of its own:
/// those of the pool may all be waiting for the processes of other tests.
///
/// Event time goes on only where the simulator has the price, and in small steps: whatever stands
/// still for a while, no rule sees a market without prices.
final class LiveMarket: Sendable {
    private let http = HTTPClient()
    private let isOver = Mutex(false)
    /// Finished by the thread when it ends.
    private let ended: AsyncStream<Void>

    private static let turn = 0.05
    private static let longestStep = Duration.milliseconds(500)
    private static let quoteEvery = Span.milliseconds(250)

    init(_ tick: Tick, from start: EventTime, at ports: SimulatorPorts, _ redis: RedisEndpoint) {
        let (ended, ending) = AsyncStream.makeStream(of: Void.self)
        self.ended = ended
        let quote = Self.request(tick, ports)
        let thread = Thread { [self] in
            run(quote, from: start, redis)
            ending.finish()
        }
        thread.name = "market"
        thread.start()
    }

    /// Comes back when the thread has ended.
    func close() async {
        isOver.withLock { $0 = true }
        for await _ in ended {}
    }

    private func run(_ quote: HTTPRequest, from start: EventTime, _ redis: RedisEndpoint) {
        let began = ContinuousClock.now
        var (last, stood) = (began, Duration.zero)
        var quoteAt = start
        var session: (any BusSession)?
        while !isOver.withLock({ $0 }) {
            Thread.sleep(forTimeInterval: Self.turn)
            let woken = ContinuousClock.now
            let left = stood + max(.zero, woken - last - Self.longestStep)
            let ahead = (woken - began - left) / .milliseconds(1)
            let now = start + .milliseconds(Int(ahead))
            if now >= quoteAt {
                guard isTaken(quote) else { continue }
                quoteAt = now + Self.quoteEvery
            }
            session = session ?? (try? RedisBus(endpoint: redis).session("test-market"))
            guard let open = session,
                (try? LiveDesk.commit([.setText(Keys.clock, now.text)], .bus, open)) != nil
            else { continue }
            (last, stood) = (woken, left)
        }
    }

    /// Over HTTP, which needs no thread of the pool either.
    private func isTaken(_ quote: HTTPRequest) -> Bool {
        let answer: Result<HTTPResponse, HTTPError>? = Awaited.wait { http.send(quote, $0) }
        guard case .success(let response)? = answer else { return false }
        return response.status == 200
    }

    private static func request(_ tick: Tick, _ ports: SimulatorPorts) -> HTTPRequest {
        let (instrument, quote) = (tick.instrument, tick.quote)
        let members: [String?] = [
            #""segment":"\#(instrument.segment.rawValue)""#,
            #""security_id":"\#(instrument.securityID)""#, #""ltp":"\#(quote.ltp.text)""#,
            quote.bid.map { #""bid":"\#($0.text)""# }, quote.ask.map { #""ask":"\#($0.text)""# },
            quote.openInterest.map { #""open_interest":\#($0)"# },
        ]
        let row = members.compactMap(\.self).joined(separator: ",")
        let body = #"{"quotes":[{\#(row)}]}"#
        return HTTPRequest(
            .post, "http://127.0.0.1:\(ports.rest)/control/quotes", body: Array(body.utf8))
    }
}
