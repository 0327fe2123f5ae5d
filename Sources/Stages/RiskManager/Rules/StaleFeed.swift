import Trading

/// No tick came for so long that nothing protects the position any more.
struct StaleFeed: RiskRule {
    let reason = ExitReason.staleFeed

    func evidence(in view: RiskView) -> String? {
        guard let limit = view.profile.staleExit, view.age >= limit else { return nil }
        let last = view.watch.tickAt?.text ?? "never"
        return "age_ms=\(view.age.milliseconds) limit_ms=\(limit.milliseconds) tick_at=\(last)"
    }

    /// A tick ends the silence.
    func quiet(in view: RiskView) -> QuietZone {
        guard let limit = view.profile.staleExit else { return .everywhere }
        return limit > .zero ? .everywhere : .nowhere
    }
}
