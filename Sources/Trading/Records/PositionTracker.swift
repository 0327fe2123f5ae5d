/// Where a position stands.
///
///     pending ─first fill─▶ active ─claim─▶ exiting ─all filled─▶ exited
///        └─▶ cancelled        any ─▶ needs_review (still watched and exitable)
package enum PositionStatus: String, FieldValue, CaseIterable {
    case pending, active, exiting, exited, cancelled
    case needsReview = "needs_review"

    /// Nothing is left to do, unless a late fill says otherwise.
    package var isClosed: Bool { self == .exited || self == .cancelled }
}

/// One position of one account on one option contract: the record that authorises.
///
/// A position opens on entry *fills* and closes on exit *fills*; prices and P&L come from fills.
/// `rev` rises with each change but the risk manager's own marks (``Watch``), which only it writes.
package struct PositionTracker: Sendable, Hashable {
    /// The contract as it was when the position was created: a later list cannot change it.
    package struct Contract: Sendable, Hashable {
        package var instrument: InstrumentID
        package var symbol: String
        package var side: OptionSide
        package var expiry: Day
        package var lot: Quantity
        package var tickSize: Price
        /// The largest quantity that one order may carry.
        package var freezeQuantity: Quantity

        package init(
            instrument: InstrumentID, symbol: String, side: OptionSide, expiry: Day,
            lot: Quantity, tickSize: Price, freezeQuantity: Quantity
        ) {
            self.instrument = instrument
            self.symbol = symbol
            self.side = side
            self.expiry = expiry
            self.lot = lot
            self.tickSize = tickSize
            self.freezeQuantity = freezeQuantity
        }
    }

    /// The fills of one side of the position, summed over its orders.
    package struct Leg: Sendable, Hashable {
        package var quantity = Quantity.zero
        package var value = Money.zero
        package var charges = Money.zero
        /// Orders of this leg that are not known to be finished.
        package var working = 0

        package init() {}

        package var averagePrice: Price? { value.average(over: quantity) }
    }

    /// What of the position was sold at the broker by hand, and left out by its exit.
    package struct ByHand: Sendable, Hashable {
        package var quantity = Quantity.zero
        package var value = Money.zero

        package init() {}
    }

    /// Who asked for the exit and why: frozen when it is first asked for.
    package struct ExitOrder: Sendable, Hashable {
        package var reason: ExitReason
        package var evidence: String
        package var askedBy: String
        package var at: EventTime

        package init(reason: ExitReason, evidence: String, askedBy: String, at: EventTime) {
            self.reason = reason
            self.evidence = evidence
            self.askedBy = askedBy
            self.at = at
        }
    }

    /// What the risk manager keeps of the ticks it has seen. Written by it alone, without `rev`,
    /// so that a new peak never makes another stage's commit run again.
    package struct Watch: Sendable, Hashable {
        package var peak: Price?
        package var stop: Price?
        package var ltp: Price?
        package var bid: Price?
        package var tickAt: EventTime?

        package init() {}
    }

    package var id: PositionID
    package var rev = 0
    package var status = PositionStatus.pending
    package var account: AccountID
    package var strategy: StrategyID
    package var signal: SignalID
    package var index: IndexName
    package var contract: Contract
    package var quantity: Quantity
    /// Cash held back in the account until the position closes.
    package var reserved: Money
    package var createdAt: EventTime
    /// The server's run in which it was created; nil for one of unknown origin.
    package var run: RunID?

    package var entry = Leg()
    package var exit = Leg()
    package var byHand = ByHand()
    package var exitOrder: ExitOrder?
    /// The number of the latest exit attempt; 0 before the first claim.
    package var exitAttempt = 0
    /// How many orders the latest attempt was sliced into.
    package var exitSlices = 0
    package var exitClaimedAt: EventTime?
    package var watch = Watch()
    package var openedAt: EventTime?
    package var closedAt: EventTime?
    /// Why a person must look at it; nil when nobody must.
    package var reviewReason: String?

    package init(
        id: PositionID, account: AccountID, strategy: StrategyID, signal: SignalID,
        index: IndexName, contract: Contract, quantity: Quantity, reserved: Money,
        createdAt: EventTime
    ) {
        self.id = id
        self.account = account
        self.strategy = strategy
        self.signal = signal
        self.index = index
        self.contract = contract
        self.quantity = quantity
        self.reserved = reserved
        self.createdAt = createdAt
    }

    /// Units bought and not yet sold.
    package var remaining: Quantity { entry.quantity - exit.quantity - byHand.quantity }
    package var gross: Money { exit.value + byHand.value - entry.value }
    /// Of our own orders alone.
    package var charges: Money { entry.charges + exit.charges }
    package var net: Money { gross - charges }

    /// The orders of the latest exit attempt.
    package var exitOrders: [CorrelationID] {
        exitAttempt == 0
            ? []
            : (1...max(1, exitSlices)).map {
                CorrelationID(id, .exit, attempt: exitAttempt, slice: $0)
            }
    }

    /// The one order that opens the position.
    package var entryOrder: CorrelationID { CorrelationID(id, .entry, attempt: 1, slice: 1) }
}
