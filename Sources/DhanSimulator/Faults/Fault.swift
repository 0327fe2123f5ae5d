/// What may go wrong, by the name that `--faults` and the control endpoint know it by.
package enum Fault: String, Sendable, CaseIterable, Hashable {
    // An order that is placed.
    /// Refused with an error, nothing done.
    case refuse
    /// 429, nothing done.
    case busy
    /// Up to 2 s before it is accepted, and answered.
    case hold
    /// Up to 2 s before it stands in the book and before any word of it.
    case hide
    /// Accepted, and then not answered, the connection closed, or a 500.
    case answerLost = "answer_lost"
    /// The same, and nothing done.
    case orderLost = "order_lost"
    /// Up to 2.5 s between acceptance and answer: words of it come first.
    case late
    /// As ``late``, 1 to 10 s.
    case slow
    /// A page of the content network instead of an answer; nothing done.
    case html
    /// "Invalid IP", to this order and to all that the client wants changed in the 1 to 8 s after.
    case address
    /// "Invalid Token", though it is a good one.
    case token

    // What the exchange does with it.
    case parts, rest, reject
    case restInPart = "rest_in_part"
    /// Up to 2 s before the exchange does something.
    case dawdle

    // A cancel.
    case cancelLost = "cancel_lost"
    case cancelAfterFill = "cancel_after_fill"
    case cancelAfterPart = "cancel_after_part"
    /// A purchase's remainder is filled after it was called cancelled.
    case fillAfterCancel = "fill_after_cancel"
    /// A modification is taken and never done.
    case modifyLost = "modify_lost"
    /// A cancel or a modification of a working order is refused.
    case changeRefused = "change_refused"

    // A read, or the answer of a cancel or modification.
    /// Not answered, the connection closed, a 500, or a page of the content network.
    case readLost = "read_lost"
    case readSlow = "read_slow"
    /// The book of some seconds ago.
    case stale
    /// Orders as they stood some seconds ago, in the book and by number or correlation id.
    case staleRows = "stale_rows"
    /// Trades some seconds late in the trade book.
    case lateTrades = "late_trades"
    /// Positions are an error, or none though there are.
    case positionsFail = "positions_fail"
    case positionsEmpty = "positions_empty"

    // A word on the order socket.
    case wordLost = "word_lost"
    case wordTwice = "word_twice"
    case wordLate = "word_late"
    /// Several seconds.
    case wordVeryLate = "word_very_late"
    /// Two words in one frame.
    case wordJoined = "word_joined"
    /// A frame of another type, or one that is no JSON.
    case wordForeign = "word_foreign"
    /// The documents' casing instead of the wire's.
    case wordPascal = "word_pascal"
    /// Numbers as texts.
    case wordTexts = "word_texts"
    case socketReset = "socket_reset"
    /// The connection stays and says nothing more.
    case socketSilent = "socket_silent"
    /// A text about 429, and the end.
    case socketBusy = "socket_busy"
    /// Connecting, to either socket, is answered by 429.
    case handshakeBusy = "handshake_busy"

    // A tick on the market feed.
    case tickLost = "tick_lost"
    case tickLate = "tick_late"
    /// The price of before.
    case tickStale = "tick_stale"
    /// Several packets in one message.
    case tickJoined = "tick_joined"
    /// Drawn each minute: for up to another, packets that come up to 200 s late; then all that
    /// waited.
    case feedLag = "feed_lag"
    /// A heartbeat, an index packet of no known layout, a market status.
    case feedForeign = "feed_foreign"

    // A second in which something ticks.
    case feedReset = "feed_reset"
    /// A disconnect packet.
    case feedDropped = "feed_dropped"
    /// No packets for some seconds.
    case feedGap = "feed_gap"

    // Who may call.
    /// Drawn each minute for each client that calls: the broker ends a good token. Sockets that
    /// are open stay so.
    case tokenKilled = "token_killed"
    /// A token of less than 3 s is not known yet.
    case tokenYoung = "token_young"

    // The market.
    /// Drawn each minute: nothing trades or ticks for 30 s to 5 min.
    case halt
    /// Drawn each day: it turns out to be a holiday.
    case holiday

    /// A super order's entry is filled, and one of its legs is never made.
    case legMissing = "leg_missing"
}

/// How often each fault happens, in hundredths. Nothing goes wrong by default.
package struct FaultRates: Sendable, Hashable {
    private var rates: [Fault: Int] = [:]

    package init() {}
    package init(_ rates: [Fault: Int]) { self.rates = rates }

    package subscript(fault: Fault) -> Int {
        get { rates[fault, default: 0] }
        set { rates[fault] = newValue }
    }

    package var named: [(name: String, hundredths: Int)] {
        rates.filter { $0.value > 0 }.map { ($0.key.rawValue, $0.value) }
            .sorted { $0.name < $1.name }
    }

    /// A bad day: everything at once, and trading goes on all the same, where somebody makes new
    /// tokens. Left out is what ends the day: that it is a holiday.
    package static let all = FaultRates([
        .refuse: 2, .busy: 2, .hold: 8, .hide: 10, .answerLost: 9, .orderLost: 6, .late: 8,
        .slow: 1, .html: 2, .address: 1, .token: 1, .parts: 15, .rest: 10, .restInPart: 7,
        .reject: 8, .dawdle: 20, .cancelLost: 15, .cancelAfterFill: 15, .cancelAfterPart: 15,
        .fillAfterCancel: 30, .modifyLost: 10, .changeRefused: 5, .readLost: 10, .readSlow: 5,
        .stale: 5, .staleRows: 3, .lateTrades: 10, .positionsFail: 5, .positionsEmpty: 3,
        .wordLost: 10, .wordTwice: 10, .wordLate: 15, .wordVeryLate: 5, .wordJoined: 5,
        .wordForeign: 2, .wordPascal: 10, .wordTexts: 10, .socketReset: 1, .socketSilent: 1,
        .socketBusy: 1, .handshakeBusy: 5, .tickLost: 2, .tickLate: 5, .tickStale: 1,
        .tickJoined: 20, .feedReset: 3, .feedDropped: 1, .feedGap: 3, .feedForeign: 2,
        .feedLag: 5, .tokenKilled: 10, .tokenYoung: 30, .halt: 10, .legMissing: 10,
    ])

    package mutating func set(_ text: String) throws(FaultListError) {
        for item in text.split(separator: ",") {
            let parts = item.split(separator: "=", omittingEmptySubsequences: false)
            switch (parts.count, parts[0]) {
            case (1, "all"): self = .all
            case (1, "none"): self = FaultRates()
            default:
                guard parts.count == 2, let fault = Fault(rawValue: String(parts[0])),
                    let rate = Int(parts[1]), (0...100).contains(rate)
                else { throw FaultListError(item: String(item)) }
                self[fault] = rate
            }
        }
    }
}

package struct FaultListError: Error, Hashable, CustomStringConvertible {
    package let item: String

    package var description: String {
        let names = Fault.allCases.map(\.rawValue).joined(separator: ", ")
        return "'\(item)' is no fault: write all, none, or NAME=HUNDREDTHS with one of \(names)"
    }
}
