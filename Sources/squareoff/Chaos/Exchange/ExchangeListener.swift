import Foundation
import MessageBus
import Redis
import Synchronization
import Trading

/// The broker's socket as its listener hears it: words are lost, doubled, late and out of order
/// before they reach `broker-events`.
final class ExchangeListener: Sendable {
    private struct State {
        var waiting: [Word] = []
        /// Taken and not yet written.
        var inHand = 0
        var random: SplitMix64
        var isCalm = false
    }

    private struct Word {
        var at: Int
        var event: BrokerEvent
        /// Said after the broker's last word, so that no look at the book would find it.
        var mustArrive: Bool
    }

    private let state: Mutex<State>
    private let endpoint: RedisEndpoint
    private let shift: Span

    /// How long a word is offered to a server that does not take it.
    private static let patience = 2_000

    /// - Parameter shift: from the wall's clock to event time.
    init(_ endpoint: RedisEndpoint, seed: UInt64, shift: Span) {
        self.endpoint = endpoint
        self.shift = shift
        state = Mutex(State(random: SplitMix64(seed: ~seed)))
    }

    var isQuiet: Bool { state.withLock { $0.waiting.isEmpty && $0.inHand == 0 } }

    func calm() { state.withLock { $0.isCalm = true } }

    func say(_ line: LedgerLine) {
        let event = BrokerEvent(
            account: AccountID(line.account), source: "socket", number: OrderNumber(line.number),
            order: CorrelationID(text: line.order), instrument: InstrumentID(text: line.instrument),
            side: OrderSide(text: line.side), status: line.status.rawValue,
            filled: Quantity(line.filled), value: Money(paise: line.value),
            at: EventTime(milliseconds: line.at) + shift)
        state.withLock { state in
            let first = max(line.at, line.shownAt)
            var word = Word(
                at: first, event: event, mustArrive: line.isAfterAll || state.isCalm)
            if state.isCalm { return state.waiting.append(word) }
            if Self.chance(10, &state), !word.mustArrive { return }
            for _ in 0..<(Self.chance(10, &state) ? 2 : 1) {
                let late = Self.chance(15, &state) ? 500 : Self.chance(5, &state) ? 5_000 : 5
                word.at = first + Int.random(in: 0..<late, using: &state.random)
                state.waiting.append(word)
            }
        }
    }

    private static func chance(_ hundredths: Int, _ state: inout State) -> Bool {
        Int.random(in: 0..<100, using: &state.random) < hundredths
    }

    func start() {
        Thread.detachNewThread { [self] in
            var connection: RedisConnection?
            while true {
                let now = ExchangeServer.now()
                for word in take(now) {
                    write(word, &connection)
                    state.withLock { $0.inHand -= 1 }
                }
                usleep(1_000)
            }
        }
    }

    private func take(_ now: Int) -> [Word] {
        state.withLock { state in
            let due = state.waiting.filter { $0.at <= now }.sorted { $0.at < $1.at }
            if !due.isEmpty { state.waiting.removeAll { $0.at <= now } }
            state.inHand += due.count
            return due
        }
    }

    /// What was written and not heard of is written again.
    private func write(_ word: Word, _ connection: inout RedisConnection?) {
        var command = RedisCommand("XADD", Keys.brokerEvents(0).text, "*")
        for pair in word.event.fields.pairs { command.append([pair.name, pair.value]) }
        let deadline = ExchangeServer.now() + Self.patience
        while true {
            do throws(RedisError) {
                let open: RedisConnection
                if let connection {
                    open = connection
                } else {
                    open = try .connect(
                        to: endpoint, timeouts: RedisTimeouts(connect: 500, reply: 500),
                        name: "chaos-listener")
                    connection = open
                }
                try open.call(command)
                return
            } catch {
                connection = nil
                // Some listeners give up; the book still knows.
                if ExchangeServer.now() > deadline, !word.mustArrive { return }
                usleep(50_000)
            }
        }
    }
}
