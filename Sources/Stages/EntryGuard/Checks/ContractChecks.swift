import Trading

// Whether the contract is one to buy: known, in the price band, liquid, affordable.

struct ContractCheck: EntryCheck {
    let reason = Refusal.unknownContract

    func refusal(in view: EntryView) -> String? {
        guard view.contract == nil else { return nil }
        let wanted = "\(view.signal.index) \(view.signal.direction.side.text)"
        guard let instrument = view.instrument else {
            return "\(view.signal.instrument) not listed, wanted \(wanted)"
        }
        let freeze = instrument.freezeQuantity(on: view.now.day)?.text ?? "unknown"
        return "\(instrument.id) \(instrument.symbol) wanted=\(wanted) lot=\(instrument.lot.text) "
            + "tick=\(instrument.tickSize.text) freeze=\(freeze) day=\(view.now.day.text)"
    }
}

struct PremiumCheck: EntryCheck {
    let reason = Refusal.premium

    func refusal(in view: EntryView) -> String? {
        let ltp = view.signal.quote.ltp
        if let least = view.profile.minPremium, ltp < least {
            return "ltp=\(ltp.text) min=\(least.text)"
        }
        if let most = view.profile.maxPremium, ltp > most {
            return "ltp=\(ltp.text) max=\(most.text)"
        }
        return nil
    }
}

struct SpreadCheck: EntryCheck {
    let reason = Refusal.spread

    func refusal(in view: EntryView) -> String? {
        guard let limit = view.profile.maxSpread else { return nil }
        let quote = view.signal.quote
        guard let bid = quote.bid, let ask = quote.ask, bid.paise > 0, ask >= bid else {
            let bid = quote.bid?.text ?? "none"
            return "bid=\(bid) ask=\(quote.ask?.text ?? "none") limit=\(limit.text)"
        }
        // Multiplied out: a quotient cut to basis points would admit a little more.
        guard (ask - bid).paise * 10_000 > limit.basisPoints * bid.paise else { return nil }
        return "bid=\(bid.text) ask=\(ask.text) spread=\(ask.change(from: bid).text) "
            + "limit=\(limit.text)"
    }
}

struct OpenInterestCheck: EntryCheck {
    let reason = Refusal.openInterest

    func refusal(in view: EntryView) -> String? {
        guard let least = view.profile.minOpenInterest else { return nil }
        guard let found = view.signal.quote.openInterest else { return "none min=\(least)" }
        return found < least ? "open_interest=\(found) min=\(least)" : nil
    }
}

/// Less than one lot is no entry: a size is never forced up to one.
struct SizeCheck: EntryCheck {
    let reason = Refusal.size

    func refusal(in view: EntryView) -> String? {
        guard let size = view.size else {
            return "ask=\(view.signal.quote.ask?.text ?? "none")"
        }
        return size.lots > 0 ? nil : size.evidence
    }
}
