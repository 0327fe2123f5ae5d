extension PositionTracker {
    /// - Parameter id: from the hash's key; the hash itself does not repeat it.
    package init(_ fields: Fields, id: PositionID) throws(FieldError) {
        self.init(
            id: id, account: try fields.get(.account), strategy: try fields.get(.strategy),
            signal: try fields.get(.signal), index: try fields.get(.index),
            contract: try Contract(fields), quantity: try fields.get(.quantity),
            reserved: try fields.get(.reserved), createdAt: try fields.get(.createdAt))
        rev = try fields.get(.rev)
        status = try fields.get(.status)
        entry.quantity = try fields.get(.entryQuantity)
        entry.value = try fields.get(.entryValue)
        entry.charges = try fields.get(.entryCharges)
        entry.working = try fields.get(.entryWorking)
        exit.quantity = try fields.get(.exitQuantity)
        exit.value = try fields.get(.exitValue)
        exit.charges = try fields.get(.exitCharges)
        exit.working = try fields.get(.exitWorking)
        byHand.quantity = try fields.find(.byHandQuantity) ?? .zero
        byHand.value = try fields.find(.byHandValue) ?? .zero
        exitAttempt = try fields.get(.exitAttempt)
        exitSlices = try fields.get(.exitSlices)
        exitClaimedAt = try fields.find(.exitClaimedAt)
        exitOrder = try ExitOrder(fields)
        watch = try Watch(fields)
        run = try fields.find(.serverRun)
        openedAt = try fields.find(.openedAt)
        closedAt = try fields.find(.closedAt)
        reviewReason = try fields.find(.detail)
        guard (0...OrderSlices.most).contains(exitSlices) else {
            throw .malformed(.exitSlices, value: exitSlices.text, expected: "number of orders")
        }
        guard (0...CorrelationID.mostAttempts).contains(exitAttempt) else {
            throw .malformed(.exitAttempt, value: exitAttempt.text, expected: "number of attempts")
        }
    }

    /// Every field but the risk manager's; averages and P&L are derived, for people.
    package var fields: Fields {
        var fields = Fields()
        fields.put(.status, status)
        fields.put(.account, account)
        fields.put(.strategy, strategy)
        fields.put(.signal, signal)
        fields.put(.index, index)
        contract.write(to: &fields)
        fields.put(.quantity, quantity)
        fields.put(.reserved, reserved)
        putLeg(entry, into: &fields, .entryQuantity, .entryValue, .entryCharges, .entryWorking)
        fields.put(.entryPrice, entry.averagePrice)
        putLeg(exit, into: &fields, .exitQuantity, .exitValue, .exitCharges, .exitWorking)
        fields.put(.exitPrice, exit.averagePrice)
        if byHand.quantity != .zero {
            fields.put(.byHandQuantity, byHand.quantity)
            fields.put(.byHandValue, byHand.value)
        }
        fields.pairs += exitOrder?.fields.pairs ?? []
        fields.put(.exitAttempt, exitAttempt)
        fields.put(.exitSlices, exitSlices)
        fields.put(.exitClaimedAt, exitClaimedAt)
        fields.put(.createdAt, createdAt)
        fields.put(.serverRun, run)
        fields.put(.openedAt, openedAt)
        fields.put(.closedAt, closedAt)
        if status == .exited {
            fields.put(.gross, gross)
            fields.put(.charges, charges)
            fields.put(.net, net)
        }
        fields.put(.detail, reviewReason)
        fields.put(.rev, rev)
        return fields
    }

    private func putLeg(
        _ leg: Leg, into fields: inout Fields, _ quantity: Field, _ value: Field,
        _ charges: Field, _ working: Field
    ) {
        fields.put(quantity, leg.quantity)
        fields.put(value, leg.value)
        fields.put(charges, leg.charges)
        fields.put(working, leg.working)
    }
}

extension PositionTracker.Contract {
    package init(_ fields: Fields) throws(FieldError) {
        self.init(
            instrument: InstrumentID(try fields.get(.segment), try fields.get(.securityID)),
            symbol: try fields.get(.symbol), side: try fields.get(.side),
            expiry: try fields.get(.expiry), lot: try fields.get(.lot),
            tickSize: try fields.get(.tickSize),
            freezeQuantity: try fields.get(.freezeQuantity))
    }

    package func write(to fields: inout Fields) {
        fields.put(.segment, instrument.segment)
        fields.put(.securityID, instrument.securityID)
        fields.put(.symbol, symbol)
        fields.put(.side, side)
        fields.put(.expiry, expiry)
        fields.put(.lot, lot)
        fields.put(.tickSize, tickSize)
        fields.put(.freezeQuantity, freezeQuantity)
    }
}

extension PositionTracker.ExitOrder {
    /// Nil when no exit was asked for.
    fileprivate init?(_ fields: Fields) throws(FieldError) {
        guard let at: EventTime = try fields.find(.exitRequestedAt) else { return nil }
        self.init(
            reason: try fields.get(.exitReason), evidence: try fields.get(.exitEvidence),
            askedBy: try fields.get(.exitAskedBy), at: at)
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.exitRequestedAt, at)
        fields.put(.exitReason, reason)
        fields.put(.exitEvidence, evidence)
        fields.put(.exitAskedBy, askedBy)
        return fields
    }
}

extension PositionTracker.Watch {
    /// The fields that only the risk manager writes.
    package static let names: Set<String> = Set(
        [Field.peak, .stop, .ltp, .bid, .tickAt].map(\.rawValue))

    package init(_ fields: Fields) throws(FieldError) {
        self.init()
        peak = try fields.find(.peak)
        stop = try fields.find(.stop)
        ltp = try fields.find(.ltp)
        bid = try fields.find(.bid)
        tickAt = try fields.find(.tickAt)
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.peak, peak)
        fields.put(.stop, stop)
        fields.put(.ltp, ltp)
        fields.put(.bid, bid)
        fields.put(.tickAt, tickAt)
        return fields
    }
}
