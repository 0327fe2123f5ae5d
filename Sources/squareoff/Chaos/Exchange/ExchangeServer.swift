import Foundation
import Glibc
import Proxy
import Synchronization
import Trading

/// The chaos broker's doors: a socket for its customers, who get what their order's ``Fate`` says,
/// and a thread on which the exchange works.
final class ExchangeServer: Sendable {
    private struct State {
        var exchange = Exchange()
        /// How often each correlation id has been sent: each time has a fate of its own.
        var sent: [String: UInt64] = [:]
        /// Chooses what happens to cancels and reads of the book.
        var random: SplitMix64
        var isCalm = false
    }

    private let state: Mutex<State>
    private let seed: UInt64
    private let fillsAfterAll: Bool
    private let ledger: LedgerFile.Writer
    private let listener: ExchangeListener

    /// An order that has been under way for longer is refused: the machine was too slow, and it
    /// would be accepted later than the rule of absence allows.
    private static let oldestOrder = 2_800

    init(
        seed: UInt64, fillsAfterAll: Bool, ledger: LedgerFile.Writer, listener: ExchangeListener
    ) {
        self.seed = seed
        self.fillsAfterAll = fillsAfterAll
        self.ledger = ledger
        self.listener = listener
        state = Mutex(State(random: SplitMix64(seed: seed)))
    }

    static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }

    func serve(at path: String) throws {
        let door = try UnixSocket.listen(at: path)
        Thread.detachNewThread { [self] in
            while true {
                state.withLock { tell($0.exchange.run(now: Self.now())) }
                usleep(1_000)
            }
        }
        Thread.detachNewThread { [self] in
            while true {
                let customer = Glibc.accept(door, nil, nil)
                guard customer >= 0 else { continue }
                let socket = LineSocket(owning: customer)
                Thread.detachNewThread { [self] in answer(socket) }
            }
        }
    }

    private func answer(_ socket: LineSocket) {
        guard let call = socket.receive(ExchangeCall.self, within: 5_000) else { return }
        switch call.action {
        case .place:
            if let ticket = call.ticket { place(ticket, call, socket) }
        case .cancel: cancel(call, socket)
        case .book: book(call, socket)
        case .calm:
            let isQuiet = state.withLock { state in
                state.isCalm = true
                return state.exchange.isQuiet
            }
            listener.calm()
            send(ExchangeAnswer(isQuiet: isQuiet && listener.isQuiet), socket)
        }
    }

    /// Into the ledger before anybody hears of it, and in the order in which it happened.
    private func tell(_ lines: [LedgerLine]) {
        for line in lines {
            ledger.append(line)
            listener.say(line)
        }
    }

    private func fate(of ticket: ExchangeCall.Ticket) -> Fate {
        state.withLock { state in
            let times = state.sent[ticket.order, default: 0]
            state.sent[ticket.order] = times + 1
            guard !state.isCalm else { return Fate() }
            var random = SplitMix64(seed: seed ^ FNV1a.hash("\(ticket.order) \(times)"))
            var fate = Fate(&random, isEntry: ticket.side == OrderSide.buy.text)
            fate.fillsAfterAll = fate.fillsAfterAll && fillsAfterAll
            return fate
        }
    }

    private func place(_ ticket: ExchangeCall.Ticket, _ call: ExchangeCall, _ socket: LineSocket) {
        let fate = fate(of: ticket)
        if fate.gate == .open { Self.sleep(fate.held) }
        let number: String? = state.withLock { state in
            let now = Self.now()
            let isInTime = now - call.sentAt < Self.oldestOrder
            guard fate.gate == .open, fate.isAccepted, isInTime else {
                ledger.append(LedgerLine(turnedAway: ticket, at: now))
                return nil
            }
            let line = state.exchange.accept(ticket, fate, now: now)
            tell([line])
            return line.number
        }
        switch fate.gate {
        case .refused: return send(ExchangeAnswer(refused: "DH-905: not today"), socket)
        case .busy: return send(ExchangeAnswer(busy: "429"), socket)
        case .open: break
        }
        Self.sleep(fate.late)
        let answer = number.map { ExchangeAnswer(number: $0) } ?? ExchangeAnswer(failed: "500")
        reply(fate.reply, answer, socket)
    }

    private func reply(_ reply: Fate.Reply, _ answer: ExchangeAnswer, _ socket: LineSocket) {
        switch reply {
        case .prompt: send(answer, socket)
        case .failed: send(ExchangeAnswer(failed: "500"), socket)
        case .closed: break
        case .never: Self.sleep(5_000)
        }
    }

    private func cancel(_ call: ExchangeCall, _ socket: LineSocket) {
        let (how, refusal) = state.withLock { state in
            let refusal = state.exchange.cancel(call.number ?? "", now: Self.now())
            return (Self.fault(&state), refusal)
        }
        reply(how, ExchangeAnswer(refused: refusal), socket)
    }

    private func book(_ call: ExchangeCall, _ socket: LineSocket) {
        let (how, lines) = state.withLock { state in
            (Self.fault(&state), state.exchange.book(of: call.account, now: Self.now()))
        }
        reply(how, ExchangeAnswer(book: lines), socket)
    }

    private static func fault(_ state: inout State) -> Fate.Reply {
        guard !state.isCalm, Int.random(in: 0..<10, using: &state.random) == 0 else {
            return .prompt
        }
        return [.never, .closed, .failed].randomElement(using: &state.random) ?? .never
    }

    private func send(_ answer: ExchangeAnswer, _ socket: LineSocket) { _ = socket.send(answer) }

    private static func sleep(_ milliseconds: Int) {
        if milliseconds > 0 { Thread.sleep(forTimeInterval: Double(milliseconds) / 1_000) }
    }
}
