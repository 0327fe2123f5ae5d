import Trading

// What the account has done today: losses, profits, trades, open positions, cooldown.

struct DailyLossCheck: EntryCheck {
    let reason = Refusal.dailyLoss

    func refusal(in view: EntryView) -> String? {
        guard let share = view.profile.dailyLoss else { return nil }
        let limit = -share.of(view.account.capital)
        guard view.day.realised <= limit else { return nil }
        return "realised=\(view.day.realised.text) limit=\(limit.text)"
    }
}

struct ProfitLockCheck: EntryCheck {
    let reason = Refusal.profitLock

    func refusal(in view: EntryView) -> String? {
        guard let from = view.profile.profitLockFrom, view.day.peakRealised >= from else {
            return nil
        }
        let limit = view.profile.profitLockKeep.of(view.day.peakRealised)
        guard view.day.realised < limit else { return nil }
        return "realised=\(view.day.realised.text) peak=\(view.day.peakRealised.text) "
            + "limit=\(limit.text)"
    }
}

struct TradeCountCheck: EntryCheck {
    let reason = Refusal.tradeCount

    func refusal(in view: EntryView) -> String? {
        reached(view.profile.maxTrades, by: view.day.trades, "trades")
    }
}

struct OpenPositionsCheck: EntryCheck {
    let reason = Refusal.openPositions

    func refusal(in view: EntryView) -> String? {
        reached(view.profile.maxOpen, by: view.day.open, "open")
    }
}

struct OpenPerIndexCheck: EntryCheck {
    let reason = Refusal.openPerIndex

    func refusal(in view: EntryView) -> String? {
        let index = view.signal.index
        let open = view.day.openBooks.reduce(0) { $0 + ($1.key.index == index ? $1.value : 0) }
        return reached(view.profile.maxOpenPerIndex, by: open, "open:\(index)")
    }
}

struct OpenPerSideCheck: EntryCheck {
    let reason = Refusal.openPerSide

    func refusal(in view: EntryView) -> String? {
        reached(
            view.profile.maxOpenPerSide, by: view.day.openBooks[view.book] ?? 0,
            "open:\(view.book.index):\(view.book.side.text)")
    }
}

struct CooldownCheck: EntryCheck {
    let reason = Refusal.cooldown

    func refusal(in view: EntryView) -> String? {
        guard let left = view.day.lastExits[view.signal.instrument] else { return nil }
        let since = view.now - left
        guard since < view.profile.cooldown else { return nil }
        return "\(view.signal.instrument) since_ms=\(since.milliseconds) "
            + "limit_ms=\(view.profile.cooldown.milliseconds)"
    }
}

/// Under overload entries wait for better times, so that exits need not.
struct BacklogCheck: EntryCheck {
    let reason = Refusal.backlog

    func refusal(in view: EntryView) -> String? { view.server.pause }
}

struct OrderBudgetCheck: EntryCheck {
    let reason = Refusal.orderBudget

    func refusal(in view: EntryView) -> String? {
        view.budget.earliest(view.gateway, purpose: .entry, now: view.now)
            .map { "full_until=\($0.text)" }
    }
}

private func reached(_ limit: Int?, by count: Int, _ name: String) -> String? {
    guard let limit, count >= limit else { return nil }
    return "\(name)=\(count) limit=\(limit)"
}
