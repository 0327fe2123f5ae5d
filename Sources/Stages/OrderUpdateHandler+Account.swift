import Trading

extension AccountDay {
    /// Books a change of one position.
    ///
    /// The day's totals are sums over its positions of what ``Share`` says of each. So a change
    /// adds the share after it and takes away the share before it, and the totals stay exact
    /// through every close, late fill, revival and second close. The day is the one on which the
    /// position was created, also when it closes on a later one.
    ///
    /// Losses in a row and the peak are histories, not sums: a revival does not undo them.
    func rebooked(
        from before: PositionTracker, to after: PositionTracker, now: EventTime
    ) -> AccountDay {
        var day = self
        let old = Share(of: before)
        let new = Share(of: after)
        day.reserved += new.reserved - old.reserved
        day.realised += new.realised - old.realised
        day.charges += new.charges - old.charges
        day.peakRealised = max(day.peakRealised, day.realised)
        day.count(new.open - old.open, Book(after.index, after.contract.side))
        if after.status == .exited, before.status != .exited {
            day.lossesInRow = after.net < .zero ? day.lossesInRow + 1 : 0
            day.lastExits[after.contract.instrument] = now
        }
        return day
    }

    private mutating func count(_ change: Int, _ book: Book) {
        guard change != 0 else { return }
        open += change
        let count = openBooks[book, default: 0] + change
        openBooks[book] = count == 0 ? nil : count
    }

    /// What one position contributes to the totals of its day.
    private struct Share {
        var open = 0
        var reserved = Money.zero
        var realised = Money.zero
        var charges = Money.zero

        init(of position: PositionTracker) {
            if !position.status.isClosed {
                open = 1
                reserved = position.reserved
            }
            if position.status == .exited {
                realised = position.net
                charges = position.charges
            }
        }
    }
}
